// The steps of `muniment verify`, in its order and its words: of the certificate of a deposit, of a certificate of
// registration, of an extract and of a search certificate; and of the proofs of the log and of the map by themselves.
"use strict";

const HOLDS = "holds", UNKNOWN = "unknown", FAILS = "fails";
const ENDLESS = say("no end");
const STANDINGS = {
  in_force: say("in force"), lapsed: say("lapsed"), cancelled: say("cancelled"), revoked: say("revoked"),
};
const standing = (code) => STANDINGS[code] || code;
const SAME = ["registration_number", "profile", "matter", "state", "registered_on", "until_on"];
const shown = (holders) =>
  holders.map(({ name = "", kind = "", role = "", country = "" }) => ({ name, kind, role, country }));
const active = (paper, name) => paper[name].filter((one) => one.state === "active").length;

// A paper that is gone through: what is attached, whom to trust, and what the steps before found.
class Check {
  constructor(sealed, trust, at, given) {
    Object.assign(this, { sealed, trust, at, given, files: sealed.files, records: {}, proved: {}, particulars: {} });
  }

  text(name) {
    if (!(name in this.files)) throw new Error(`${name} is missing`);
    return textOf(this.files[name]);
  }

  json(name) {
    return JSON.parse(this.text(name));
  }

  get paper() {
    return this.json("paper.json");
  }

  async verdict() {
    const made = [];
    const steps = [
      [say("attachments"), () => this.attached()],
      [say("signature"), () => this.signature()],
      ...this.steps(),
      [say("time of the log"), () => this.time()],
      ...this.given.map((one) => [say("file {name}", { name: one.name }), () => this.file(one)]),
    ];
    for (const [name, check] of steps) {
      try {
        for await (const [state, detail] of check()) made.push({ name, state, detail });
      } catch (error) {
        const other = say("an attached file is missing, or written in another way");
        made.push({ name, state: FAILS, detail: error instanceof Refused ? error.phrase : other });
      }
    }
    return made;
  }

  async* attached() {
    const missing = this.needed.filter((name) => !(name in this.files));
    if (missing.length) yield [FAILS, say("missing: {names}", { names: missing })];
    else yield [HOLDS, say("{count} files", { count: Object.keys(this.files).length })];
  }

  async* signature() {
    const { sealed: { cms, token, covered }, trust } = this;
    const stamped = token && trust.stampRoots.length ? await verifyStamp(token, cms.signature, trust.stampRoots) : null;
    const moment = stamped === null ? this.at : stamped.at, signer = signerOf(cms);
    if (!await holdsFor(cms, covered)) {
      yield [FAILS, say("the PDF is not as it was signed")];
      return;
    }
    yield [HOLDS, say("the whole PDF is as {signer} signed it", { signer: signer.commonName })];
    if (stamped !== null) {
      const instant = instantOf(stamped.at);
      yield this.asStamped(say("it was signed before {instant}, as the authority's stamp says", { instant }), stamped);
    } else if (token) yield [UNKNOWN, say("it bears a timestamp, and no root of a time-stamping authority was given")];
    else yield [HOLDS, say("it bears no timestamp of its own; its time is that of the log")];
    const way = await this.way(signer, moment);
    yield this.signer(signer, moment, way.length > 0);
    if (way.length) {
      const lists = [...this.sealed.lists, ...this.trust.lists];
      yield revocation(await standingOf(way, lists), moment, stamped === null ? null : stamped.at, token !== null);
    }
  }

  // The certificates from the signer up to a root that is trusted at a moment; every one that is brought must be on it.
  async way(signer, moment) {
    const { certificates } = this.sealed.cms, way = await climb(signer, certificates, this.trust.roots);
    const areUsed = certificates.every((one) => way.some((other) => isSame(one.der, other.der)));
    return areUsed && way.every((one) => one.isAt(moment)) ? way : [];
  }

  signer(signer, moment, isTrusted) {
    const nobody = say("no root of the registry was given, so nobody vouches for the signer");
    if (!this.trust.roots.length) return [UNKNOWN, nobody];
    if (isTrusted) return [HOLDS, say("a trusted root leads to the signer at {instant}", { instant: instantOf(moment) })];
    if (moment > signer.expires) {
      const [day, today] = [signer.expires, moment].map((one) => instantOf(one).slice(0, 10));
      return [FAILS, say("the signer's certificate expired on {day}, before {today}", { day, today })];
    }
    return [FAILS, say("no trusted root leads to the signer")];
  }

  async policy() {
    return readPolicy(this.trust.policy === null ? this.text("policy") : this.trust.policy);
  }

  async* logged(name) {
    const record = this.record(name), policy = await this.policy();
    const proof = await verifyProof(this.text(`${name}.tlog-proof`), policy);
    await checkRecord(proof, record);
    this.records[name] = record;
    this.proved[name] = proof;
    const { index, note: { size, origin } } = proof;
    yield this.vouched(say("leaf {index} of {size} in {origin}", { index, size, origin }), proof);
  }

  vouched(where, proof) {
    if (this.trust.policy === null) {
      return [UNKNOWN, say("{where}, by the keys that the paper itself names; compare them, or give a policy", { where })];
    }
    const witnesses = proof.witnesses.size ? [...proof.witnesses.keys()].sort() : say("no witness");
    return [HOLDS, say("{where}, cosigned by {witnesses}", { where, witnesses })];
  }

  record(name) {
    const said = this.json(`${name}.json`), facts = JSON.parse(said.record);
    const isIts = said.subject === facts.subject && facts.subject === this.subjectOf(name, facts);
    must(isIts, say("A record is of another subject."), ALTERED);
    return { ...said, facts };
  }

  subjectOf(name, facts) {
    return name === "registration" ? `${name}/${facts.number}/${facts.place}` : `${name}/${facts.number}`;
  }

  async particularsOf(name) {
    const said = this.json("particulars.json"), committed = toHex(await commitment(said.salt, said.particulars));
    const isIts = committed === this.records[name].facts.particulars;
    must(isIts, say("The holder or the title is not the one that was logged."), ALTERED);
    this.particulars = JSON.parse(said.particulars);
    return this.particulars;
  }

  // What a stamp says; once it has ended it says so, and an evidence record is needed beside it.
  asStamped(said, { expires, rests }) {
    const [last] = rests.map((name) => this.trust.lifetimes[name]).filter((one) => one !== undefined).sort();
    let ended = null;
    if (this.at >= expires) {
      ended = say("a certificate of the authority expired on {day}", { day: instantOf(expires).slice(0, 10) });
    } else if (last !== undefined && instantOf(this.at).slice(0, 10) > last) {
      ended = say("an algorithm of the stamp was trusted until {day}", { day: last });
    }
    return ended ? [UNKNOWN, say("{said}; {ended}, so give an evidence record", { said, ended })] : [HOLDS, said];
  }

  async* time() {
    const { "checkpoint.tst": token, checkpoint } = this.files;
    if (!token || !checkpoint) {
      const seconds = Object.values(this.proved).flatMap((one) => [...one.witnesses.values()]);
      if (!seconds.length) yield [HOLDS, say("no authority stamped the tree; only the log says its time")];
      else {
        const instant = instantOf(Math.max(...seconds));
        yield [HOLDS, say("no authority stamped the tree; witnesses signed it by {instant}", { instant })];
      }
    } else if (!this.trust.stampRoots.length) {
      yield [UNKNOWN, say("the tree is stamped, and no root of a time-stamping authority was given")];
    } else {
      const stamp = await verifyStamp(token, checkpoint, this.trust.stampRoots), instant = instantOf(stamp.at);
      const isTree = Object.values(this.proved).some((one) => textOf(checkpoint).startsWith(one.note.text));
      must(isTree, say("The stamped tree is another than the one of the proof."), ALTERED);
      yield this.asStamped(say("the tree was there at {instant}", { instant }), stamp);
    }
  }

  async* file({ sha256: digest }) {
    const { "contents.txt": contents } = this.files;
    if (!contents) yield [FAILS, say("this paper brings no list of a content")];
    else if (textOf(contents).split("\n").some((line) => line.split(" ")[0] === digest)) {
      yield [HOLDS, say("{digest} is among the content", { digest })];
    } else yield [FAILS, say("{digest} is not among the content: this is not what was deposited", { digest })];
  }
}

class DepositCheck extends Check {
  needed = ["certificate.json", "certificate.tlog-proof", "deposit.json", "deposit.tlog-proof", "particulars.json",
    "contents.txt", "manifest-sha256.txt", "policy"];

  steps() {
    return [
      [say("certificate in the log"), () => this.logged("certificate")],
      [say("deposit in the log"), () => this.logged("deposit")],
      [say("certificate is of the deposit"), () => this.ofDeposit()],
      [say("holder and title"), () => this.holder()],
      [say("content"), () => this.content()],
    ];
  }

  async* ofDeposit() {
    const { certificate: own, deposit: other } = this.records, one = own.facts, two = other.facts;
    const leaf = toHex(await sha256(joined(Uint8Array.of(0), this.proved.deposit.leaf)));
    const areKinds = one.kind === "certificate" && two.kind === "deposit";
    must(areKinds, say("A record is of another kind."), ALTERED);
    const isIts = one.deposit === two.number && one.deposit_leaf === leaf
      && one.content_sha256 === two.content_sha256 && one.particulars === two.particulars;
    must(isIts, say("The certificate is of another deposit."), ALTERED);
    const areSame = own.public_key === other.public_key;
    must(areSame, say("The two leaves were signed with different keys."), say("Ask the registrar."));
    const values = { certificate: one.number, deposit: two.number, instant: two.recorded_at };
    yield [HOLDS, say("{certificate} is of {deposit}, deposited at {instant}", values)];
  }

  async* holder() {
    const { depositor: names, title } = await this.particularsOf("deposit");
    yield [HOLDS, say("{names}: {title}", { names, title })];
  }

  async* content() {
    const { "contents.txt": contents, "manifest-sha256.txt": manifest } = this.files, { facts } = this.records.deposit;
    const isContent = toHex(await sha256(contents)) === facts.content_sha256;
    must(isContent, say("The list of the content is not the one that was logged."), ALTERED);
    const isManifest = toHex(await sha256(manifest)) === this.particulars.manifest_sha256;
    must(isManifest, say("The list of names is not the one that was logged."), ALTERED);
    must(contents.filter((one) => one === 10).length === facts.file_count, say("The number of files is another."), ALTERED);
    yield [HOLDS, say("{count} files, {bytes} bytes", { count: facts.file_count, bytes: facts.byte_count })];
  }
}

class PaperCheck extends Check {
  async* ofRegistration() {
    const { facts } = this.records.registration, { paper } = this;
    const isIts = facts.kind === "registration" && paper.certificate_number === facts.number && paper.version === facts.place;
    must(isIts, say("The paper is of another registration."), ALTERED);
    const fields = SAME.filter((name) => paper[name] !== facts[name]);
    must(!fields.length, say("The paper says another {fields} than was logged.", { fields }), ALTERED);
    const { number, place: version, registration_number, valid_from_on: since, until_on: until } = facts;
    const state = standing(facts.state), values = { number, registration_number, version, state, since, until: until || ENDLESS };
    yield [HOLDS, say("{number} ({registration_number}), version {version}: {state} since {since}, until {until}", values)];
  }

  async* holders() {
    const { paper } = this, holders = shown(paper.holders), names = holders.map((one) => one.name);
    if (!("particulars.json" in this.files)) {
      yield [HOLDS, say("{names}: {title}, as the registry says who signed this", { names, title: paper.title })];
      return;
    }
    const { title, holders: logged } = await this.particularsOf("registration");
    const areSame = paper.title === title && compact(holders) === compact(shown(logged));
    must(areSame, say("The paper names another title or holder than was logged."), ALTERED);
    yield [HOLDS, say("{names}: {title}", { names, title })];
  }
}

class RegistrationCheck extends PaperCheck {
  needed = ["paper.json", "registration.json", "registration.tlog-proof", "policy"];

  steps() {
    return [
      [say("registration in the log"), () => this.logged("registration")],
      [say("certificate is of the registration"), () => this.ofRegistration()],
      [say("holder and title"), () => this.holders()],
      [say("deposit of the registration"), () => this.deposit()],
    ];
  }

  async* deposit() {
    const { facts } = this.records.registration, { paper } = this;
    const isIts = paper.deposit === facts.deposit && paper.content_sha256 === facts.content_sha256;
    must(isIts, say("The paper names another deposit than was logged."), ALTERED);
    if (!facts.deposit) { yield [HOLDS, say("it names none")]; return; }
    if (!("deposit.json" in this.files)) {
      const { deposit } = facts;
      yield [HOLDS, say("{deposit}, as the registration's leaf says; its own record is not attached", { deposit })];
      return;
    }
    yield* this.logged("deposit");
    const { facts: other } = this.records.deposit;
    const isSameOne = other.kind === "deposit" && other.number === facts.deposit && other.content_sha256 === facts.content_sha256;
    must(isSameOne, say("The deposit is not the one of the registration."), ALTERED);
    const { "contents.txt": contents } = this.files;
    const isContent = !contents || toHex(await sha256(contents)) === other.content_sha256;
    must(isContent, say("The list of the content is not the one that was logged."), ALTERED);
    const values = { deposit: other.number, count: other.file_count, instant: other.recorded_at };
    yield [HOLDS, say("{deposit}: {count} files, deposited at {instant}", values)];
  }
}

class MappedCheck extends PaperCheck {
  async* entry(key, publicKey = null) {
    const found = await verifyMapProof(this.text("entry.map-proof"), await this.policy(), key, publicKey);
    const { size: said, root } = this.paper, { size, entry_count: count } = found.facts;
    const isIts = said === size && root === found.facts.root;
    must(isIts, say("The paper says log size {said}, and the proof is of {size}.", { said, size }), ALTERED);
    this.found = found.value === null ? null : JSON.parse(found.value);
    this.proved.map = found.proof;
    const values = { key, count, index: size - 1, size };
    yield this.vouched(say("{key} in the map of {count} entries that leaf {index} states, the last of {size}", values), found.proof);
  }

  get counts() {
    const { found, paper } = this;
    return active(paper, "licences") === found.licence_count && active(paper, "pledges") === found.pledge_count;
  }
}

class ExtractCheck extends MappedCheck {
  needed = ["paper.json", "registration.json", "registration.tlog-proof", "entry.map-proof", "policy"];

  steps() {
    return [
      [say("registration in the log"), () => this.logged("registration")],
      [say("extract is of the registration"), () => this.ofRegistration()],
      [say("holder and title"), () => this.holders()],
      [say("entry in the map"), () => this.ownEntry()],
      [say("extract and entry"), () => this.today()],
    ];
  }

  async* ownEntry() {
    const { facts, public_key: key } = this.records.registration;
    yield* this.entry(`registration/${facts.number}`, key);
  }

  async* today() {
    const { paper } = this;
    if (this.found === undefined) throw new Error("the entry is not proved");
    const isThere = this.found !== null && this.found.registration_number === paper.registration_number;
    must(isThere, say("The map has no such registration."), ALTERED);
    const { until_on: until, licence_count: licences, pledge_count: pledges } = this.found;
    const values = { state: standing(this.found.state), until: until || ENDLESS, licences, pledges, size: paper.size };
    const now = say("{state} until {until}, {licences} licences and {pledges} pledges in force, as of log size {size}", values);
    if (!paper.is_newest) {
      yield [HOLDS, say("the extract is not of the newest entry, which says {now}", { now })];
      return;
    }
    const same = ["version", "state", "until_on"].every((name) => paper[name] === this.found[name]);
    must(same && paper.stands === paper.state && this.counts, say("The extract says another state than the map."), ALTERED);
    yield [HOLDS, say("the newest entry says the same: {now}", { now })];
  }
}

class SearchCheck extends MappedCheck {
  needed = ["paper.json", "entry.map-proof", "policy"];

  steps() {
    return [[say("entry in the map"), () => this.entry(String(this.paper.key))], [say("answer"), () => this.answer()]];
  }

  async* answer() {
    const { paper, found } = this, { key, size } = paper;
    if (found === undefined) throw new Error("the entry is not proved");
    must(compact(found) === compact(paper.found), say("The paper says another thing than the map."), ALTERED);
    if (found === null) {
      yield [HOLDS, say("nothing is registered under {key} as of log size {size}", { key, size })];
      return;
    }
    if ("pledge_count" in found) must(this.counts, say("The paper lists others than the map counts."), ALTERED);
    yield [HOLDS, say("{key} as of log size {size}: {entry}", { key, size, entry: compact(found) })];
  }
}

const CHECKS = { "certificate-of-registration": RegistrationCheck, extract: ExtractCheck, search: SearchCheck };

// What checks a paper with these files attached; a paper that names no kind is the certificate of a deposit.
function kindOf(files) {
  if (!("paper.json" in files)) return "deposit";
  let kind;
  try {
    kind = JSON.parse(textOf(files["paper.json"])).kind;
    if (kind === undefined) throw new Error("it is of no kind");
  } catch {
    throw new Refused(say("The paper does not say of what kind it is."), ALTERED);
  }
  const unknown = say("The paper is of the kind {kind}.", { kind: `'${String(kind).slice(0, 40)}'` });
  must(Object.hasOwn(CHECKS, kind), unknown, say("Get a newer version of this software."));
  return kind;
}

// The steps of a proof by itself, as `muniment log verify` and `muniment log map verify` make them.
async function proofSteps(kind, check) {
  const name = kind === "tlog-proof" ? say("proof of the log") : say("proof of the map");
  try {
    return await check(name);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [{ name, state: FAILS, detail: error.phrase }];
  }
}

// Goes through a file: `trust` is {policy, roots, stampRoots, lists, lifetimes, leafKey}, where a policy is a
// text or null and lifetimes are the last days of algorithms by their names; `at` in seconds is now;
// `given` are {name, sha256} of files that should be of the deposit. Returns {kind, steps}, each step {name, state, detail}.
// Throws Refused where the file is no paper and no proof.
async function verifyFile(bytes, trust, at, given = []) {
  const start = latinOf(bytes.subarray(0, 64));
  if (start.startsWith(`${PROOF_LINE}\n`)) return { kind: "tlog-proof", steps: await logProof(textOf(bytes), trust) };
  if (start.trimStart().startsWith("{")) return { kind: "map-proof", steps: await mapProof(textOf(bytes), trust) };
  const sealed = await openSealed(bytes), kind = kindOf(sealed.files);
  const checks = kind === "deposit" ? DepositCheck : CHECKS[kind];
  return { kind, steps: await new checks(sealed, trust, at, given).verdict() };
}

function vouchedStep(name, where, proof) {
  const witnesses = proof.witnesses.size ? [...proof.witnesses.keys()].sort() : say("no witness");
  return { name, state: HOLDS, detail: say("{where}, cosigned by {witnesses}", { where, witnesses }) };
}

async function logProof(text, trust) {
  return proofSteps("tlog-proof", async (name) => {
    const proof = await verifyProof(text, await readPolicy(trust.policy)), { index, note: { size, origin } } = proof;
    return [vouchedStep(name, say("leaf {index} of {size} in {origin}", { index, size, origin }), proof)];
  });
}

async function mapProof(text, trust) {
  return proofSteps("map-proof", async (name) => {
    const { key, value, facts, proof } = await verifyMapProof(text, await readPolicy(trust.policy), null, trust.leafKey);
    const { size, entry_count: count } = facts;
    const where = say("{key} in the map of {count} entries that leaf {index} states, the last of {size}",
      { key, count, index: size - 1, size });
    const answer = value === null ? say("nothing is registered under {key} as of log size {size}", { key, size })
      : say("{key} as of log size {size}: {entry}", { key, size, entry: compact(JSON.parse(value)) });
    return [vouchedStep(name, where, proof), { name: say("answer"), state: HOLDS, detail: answer }];
  });
}
