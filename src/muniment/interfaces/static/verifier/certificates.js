// DER (X.690), certificates (RFC 5280) and the way from one up to a root that is trusted.
"use strict";

const HASH_OF = {
  "2.16.840.1.101.3.4.2.1": "SHA-256", "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const SIGNATURES = {
  "1.2.840.10045.4.3.2": "SHA-256", "1.2.840.10045.4.3.3": "SHA-384", "1.2.840.10045.4.3.4": "SHA-512",
  "1.2.840.113549.1.1.11": "SHA-256", "1.2.840.113549.1.1.12": "SHA-384", "1.2.840.113549.1.1.13": "SHA-512",
};
const CURVES = {
  "1.2.840.10045.3.1.7": ["P-256", 32], "1.3.132.0.34": ["P-384", 48], "1.3.132.0.35": ["P-521", 66],
};
const NAMES = {
  "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU",
};
const RSA = "1.2.840.113549.1.1.1", BASIC = "2.5.29.19", USAGE = "2.5.29.37", STAMPING = "1.3.6.1.5.5.7.3.8";
const MOST_LINKS = 6, LONG_RSA = 3072;

// A value with its tag, its whole bytes, its body, and the values inside it.
class Der {
  constructor(bytes) {
    let size = bytes[1], head = 2;
    if (size === undefined || (bytes[0] & 31) === 31 || size === 128 || size > 132) throw new Error("this is no DER");
    if (size > 128) {
      head += size - 128;
      size = bytes.subarray(2, head).reduce((sum, one) => sum * 256 + one, 0);
      if (size < 128 || bytes[2] === 0) throw new Error("a length is not written in the one way");
    }
    if (head + size > bytes.length) throw new Error("it is cut");
    this.tag = bytes[0];
    this.whole = bytes.subarray(0, head + size);
    this.body = this.whole.subarray(head);
  }

  get parts() {
    const found = [];
    for (let rest = this.body; rest.length; rest = rest.subarray(found.at(-1).whole.length)) found.push(new Der(rest));
    return found;
  }

  // The parts of a value of this tag.
  of(tag) {
    if (this.tag !== tag) throw new Error("a value is of another kind");
    return this.parts;
  }

  get oid() {
    const numbers = [];
    let number = 0;
    for (const one of this.body) {
      number = number * 128 + (one & 127);
      if (one < 128) { numbers.push(number); number = 0; }
    }
    const first = Math.min(2, Math.floor(numbers[0] / 40));
    return [first, numbers[0] - 40 * first, ...numbers.slice(1)].join(".");
  }

  // UTCTime or GeneralizedTime, in seconds.
  get seconds() {
    const text = latinOf(this.body);
    const full = this.tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
    const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/.exec(full);
    if (!parts) throw new Error("a time is none");
    return Date.UTC(parts[1], parts[2] - 1, ...parts.slice(3, 7)) / 1000;
  }
}

// The extensions below a tag of their own; none where that is missing.
function readExtensions(tagged) {
  return (tagged ? tagged.parts[0].parts : []).map((one) => {
    const [name, ...rest] = one.parts;
    return { oid: name.oid, isCritical: rest.length > 1, value: new Der(rest.at(-1).body) };
  });
}

class Certificate {
  constructor(der) {
    this.der = der;
    const [signed, algorithm, signature] = new Der(der).of(0x30);
    const fields = signed.of(0x30).slice(signed.parts[0].tag === 0xa0 ? 1 : 0);
    [this.serial, , this.issuer, , this.subject, this.key] = fields.map((one) => one.whole);
    [this.begins, this.expires] = fields[3].parts.map((one) => one.seconds);
    this.signed = signed.whole;
    this.hash = SIGNATURES[algorithm.parts[0].oid];
    this.signature = signature.body.subarray(1);
    this.extensions = readExtensions(fields.find((one) => one.tag === 0xa3));
  }

  extension(oid) {
    return this.extensions.find((one) => one.oid === oid);
  }

  get mayIssue() {
    const basic = this.extension(BASIC);
    return Boolean(basic && basic.value.parts.length && basic.value.parts[0].tag === 1);
  }

  get isForStampsAlone() {
    const usage = this.extension(USAGE);
    return Boolean(usage && usage.isCritical && usage.value.parts.map((one) => one.oid).join() === STAMPING);
  }

  // The parts of the subject's name, each with its kind.
  get names() {
    return new Der(this.subject).parts.flatMap((set) => set.parts.map((one) => {
      const [kind, text] = one.parts;
      return [NAMES[kind.oid] || kind.oid, textOf(text.body)];
    }));
  }

  get commonName() {
    const found = this.names.find(([kind]) => kind === "CN");
    return found ? found[1] : this.distinguished;
  }

  // As RFC 4514 writes a name.
  get distinguished() {
    return this.names.reverse().map(([kind, text]) => `${kind}=${text.replace(/[,+"\\<>;]/g, "\\$&")}`).join(",");
  }

  // Of what kind its key is, as `log_algorithms` names it; a short one has less than 128 bits of security.
  get kind() {
    const [algorithm, bits] = new Der(this.key).parts;
    if (algorithm.parts[0].oid !== RSA) return algorithm.parts[1].oid in CURVES ? "ecdsa" : "other";
    const [modulus] = new Der(bits.body.subarray(1)).parts;
    return modulus.body.length > LONG_RSA / 8 ? "rsa" : "rsa_short";
  }

  isAt(seconds) {
    return this.begins <= seconds && seconds <= this.expires;
  }

  async isIssuedBy(other) {
    if (!other.mayIssue || !isSame(this.issuer, other.subject) || !this.hash) return false;
    return isSignedBy(other.key, this.hash, this.signed, this.signature);
  }
}

// Whether an ECDSA or RSA signature (as in certificates) is that of a public key.
async function isSignedBy(spki, hash, message, signature) {
  try {
    const [name, curve] = new Der(spki).parts[0].parts;
    const isRsa = name.oid === RSA;
    const [named, size] = isRsa ? [] : CURVES[curve.oid];
    const kind = isRsa ? { name: "RSASSA-PKCS1-v1_5", hash } : { name: "ECDSA", namedCurve: named, hash };
    const key = await crypto.subtle.importKey("spki", spki, kind, false, ["verify"]);
    const fixed = (one) => joined(new Uint8Array(size), one.body).slice(-size);
    const raw = isRsa ? signature : joined(...new Der(signature).of(0x30).map(fixed));
    return await crypto.subtle.verify(kind, key, raw, message);
  } catch {
    return false;
  }
}

// The certificates of a PEM file.
function readRoots(text) {
  const found = [...text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)];
  must(found.length, say("The file of trusted roots holds no certificate."), say("Write them as PEM."));
  return found.map((one) => new Certificate(fromBase64(one[1].replace(/\s/g, ""))));
}

// The certificates from a signer up to a trusted root, each issued by the next; none where they lead to no root.
async function climb(signer, others, roots) {
  const way = [signer];
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const current = way.at(-1);
    if (roots.some((one) => isSame(one.der, current.der))) return way;
    let above = null;
    for (const one of [...roots, ...others]) if (!above && await current.isIssuedBy(one)) above = one;
    if (!above) return [];
    way.push(above);
  }
  return [];
}
