// Lists of revoked certificates (CRL, RFC 5280, section 5): what they say of the certificates from a signer up to a root.
"use strict";

const KEY_USAGE = "2.5.29.15", INVALID_SINCE = "2.5.29.24", LIST_PLACES = "2.5.29.31";
const ACCESS = "1.3.6.1.5.5.7.1.1", OCSP = "1.3.6.1.5.5.7.48.1";

class RevocationList {
  constructor(der) {
    const [signed, algorithm, signature] = new Der(der).of(0x30), fields = signed.of(0x30);
    const [, issuer, ...rest] = fields[0].tag === 0x02 ? fields.slice(1) : fields;
    const times = rest.filter((one) => one.tag === 0x17 || one.tag === 0x18).map((one) => one.seconds);
    const entries = rest.find((one) => one.tag === 0x30), extensions = rest.find((one) => one.tag === 0xa0);
    [this.madeAt, this.nextAt = Infinity] = times;
    this.issuer = issuer.whole;
    this.signed = signed.whole;
    this.hash = SIGNATURES[algorithm.parts[0].oid];
    this.signature = signature.body.subarray(1);
    this.isWhole = !readExtensions(extensions).some((one) => one.isCritical);
    this.entries = (entries ? entries.parts : []).map((one) => {
      const [serial, since, more] = one.parts;
      const invalid = readExtensions(more && { parts: [more] }).find((each) => each.oid === INVALID_SINCE);
      return { serial: serial.whole, since: Math.min(since.seconds, invalid ? invalid.value.seconds : Infinity) };
    });
  }

  // Whether an issuer signed it, of all its certificates.
  async isOf(issuer) {
    const usage = issuer.extension(KEY_USAGE);
    const maySign = Boolean(usage && (usage.value.body[1] & 2));
    if (!this.isWhole || !maySign || !this.hash || !isSame(this.issuer, issuer.subject)) return false;
    return isSignedBy(issuer.key, this.hash, this.signed, this.signature);
  }
}

function readLists(text) {
  const found = [...text.matchAll(/-----BEGIN X509 CRL-----([\s\S]*?)-----END X509 CRL-----/g)];
  const none = say("There is no list of revoked certificates in the file.");
  must(found.length, none, say("Give X509 CRLs as PEM."));
  return found.map((one) => new RevocationList(fromBase64(one[1].replace(/\s/g, ""))));
}

// Whether a certificate names a place where one learns that it was revoked.
function namesLists(certificate) {
  const access = certificate.extension(ACCESS);
  const asks = access && access.value.parts.some((one) => one.parts[0].oid === OCSP);
  return Boolean(certificate.extension(LIST_PLACES) || asks);
}

// What lists say of certificates, each signed by the next; the last is a root, which no list is about.
async function standingOf(way, lists) {
  const newest = [];
  let revokedFrom = Infinity, isMissing = false;
  for (const [place, certificate] of way.slice(0, -1).entries()) {
    const own = [];
    for (const one of lists) if (await one.isOf(way[place + 1])) own.push(one);
    const entries = own.flatMap((one) => one.entries).filter((one) => isSame(one.serial, certificate.serial));
    revokedFrom = Math.min(revokedFrom, ...entries.map((one) => one.since));
    if (own.length) newest.push(own.reduce((one, other) => (other.madeAt > one.madeAt ? other : one)));
    else isMissing ||= namesLists(certificate);
  }
  const isListed = newest.length > 0 && newest.length === way.length - 1;
  const [asOf, until] = ["madeAt", "nextAt"].map((name) => Math.min(...newest.map((one) => one[name])));
  return { revokedFrom, isMissing, isListed, asOf, until };
}

// Whether a signer was revoked before it signed at a moment; `stamped` is what an authority's stamp says, null without.
function revocation({ revokedFrom, isMissing, isListed, asOf, until }, moment, stamped, hasToken) {
  if (revokedFrom !== Infinity) {
    const instant = instantOf(revokedFrom);
    if (stamped !== null && stamped < revokedFrom) {
      return [HOLDS, say("the signer's certificate was revoked at {instant}, after it signed", { instant })];
    }
    if (stamped === null && hasToken) {
      return [UNKNOWN,
        say("the signer's certificate was revoked at {instant}; whether it signed before, its timestamp says", { instant })];
    }
    return [FAILS,
      say("the signer's certificate was revoked at {instant}, and no timestamp shows that it signed before", { instant })];
  }
  if (!isListed && isMissing) {
    return [UNKNOWN, say("no list says whether the signer's certificate was revoked; give the newest of its issuer")];
  }
  if (!isListed) {
    return [HOLDS, say("nobody says that the signer's certificate was revoked; its issuer publishes no lists")];
  }
  const instant = instantOf(asOf);
  if (moment > until) {
    return [UNKNOWN, say("the list of revoked certificates of {instant} is too old; give a newer one", { instant })];
  }
  return [HOLDS, say("the signer's certificate was not revoked, as the list of {instant} says", { instant })];
}
