// Checks what is attached to a certificate or another paper of the registry: records, proofs of the log and of the map,
// signatures of the log and its witnesses, lists of content. Written from docs/verify.md and from the specifications
// (RFC 9162, C2SP signed-note, tlog-proof, tlog-cosignature, Sigsum v1), with WebCrypto and no library. Of the signature
// of the PDF only the digest is compared: who signed, a PDF reader tells.
"use strict";

const LEAF_NAMESPACE = "sigsum.org/v1/tree-leaf\0";
const HASH_LIMIT = 63;
const MAP_FORMAT = "muniment/map-proof/v1";
const KEY_BITS = 256;

const utf8 = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
const fromHex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const fromBase64 = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const isSame = (one, other) => toHex(one) === toHex(other);

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((place, part) => { all.set(part, place); return place + part.length; }, 0);
  return all;
}

function must(holds, message) {
  if (!holds) throw new Error(message);
}

async function isSigned(key, message, signature) {
  const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, known, signature, message);
}

// The files inside a PDF, told apart by what they hold; their names are for people.
async function attachmentsOf(pdf) {
  const latin = new TextDecoder("latin1").decode(pdf);
  const found = [];
  const marks = /\/EmbeddedFile\b(?!s)/g;
  for (let mark = marks.exec(latin); mark; mark = marks.exec(latin)) {
    const start = latin.lastIndexOf(" obj", mark.index);
    const stream = /stream\r?\n/g;
    stream.lastIndex = mark.index;
    const begin = stream.exec(latin);
    const head = begin ? latin.slice(start, begin.index) : "";
    const length = /\/Length (\d+)/.exec(head);
    if (!begin || !length || start < 0) continue;
    const packed = pdf.subarray(stream.lastIndex, stream.lastIndex + Number(length[1]));
    if (!head.includes("/FlateDecode")) { found.push(packed); continue; }
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    found.push(new Uint8Array(await new Response(unpacked).arrayBuffer()));
  }
  return found;
}

function sorted(files) {
  const known = { records: [], proofs: [] };
  for (const bytes of files) {
    let text;
    try { text = textOf(bytes); } catch { continue; }
    if (text.startsWith("c2sp.org/tlog-proof@v1\n")) known.proofs.push(readProof(text));
    else if (text.startsWith("log ")) known.policy = text;
    else if (/^[0-9a-f]{64} \d+\n/.test(text)) known.contents = bytes;
    else if (/^[0-9a-f]{64} {2}/.test(text)) known.manifest = bytes;
    else if (text.startsWith("{")) {
      const said = JSON.parse(text);
      if (said.format === MAP_FORMAT) known.entry = said;
      else if ("particulars" in said) known.particulars = said;
      else if ("kind" in said) known.paper = said;
      else if ("record" in said) known.records.push({ ...said, facts: JSON.parse(said.record) });
    }
  }
  return known;
}

function readNote(content) {
  const cut = content.lastIndexOf("\n\n");
  must(cut > 0 && content.endsWith("\n"), "the checkpoint is no signed note");
  const signatures = content.slice(cut + 2).trimEnd().split("\n").map((line) => {
    const parts = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    must(parts, "a line of a signature is none");
    const raw = fromBase64(parts[2]);
    return { name: parts[1], id: toHex(raw.subarray(0, 4)), blob: raw.subarray(4) };
  });
  const text = content.slice(0, cut + 1);
  const [origin, size, root] = text.split("\n");
  return { text, origin, size: Number(size), root: fromBase64(root), signatures };
}

function readProof(text) {
  const cut = text.indexOf("\n\n");
  const [, ...lines] = text.slice(0, cut).split("\n");
  const extra = lines[0].startsWith("extra ") ? fromBase64(lines.shift().slice(6)) : new Uint8Array();
  const index = /^index (\d+)$/.exec(lines.shift());
  must(index && extra.length === 128, "a proof has no index or no leaf");
  must(lines.length <= HASH_LIMIT, "a proof is too long");
  return { index: Number(index[1]), leaf: extra, path: lines.map(fromBase64), note: readNote(text.slice(cut + 2)) };
}

async function readKey(text) {
  const first = text.indexOf("+"), second = text.indexOf("+", first + 1);
  const name = text.slice(0, first), id = text.slice(first + 1, second), raw = fromBase64(text.slice(second + 1));
  must(toHex((await sha256(joined(utf8(`${name}\n`), raw))).subarray(0, 4)) === id, `the key of ${name} is miswritten`);
  return { name, id, kind: raw[0], key: raw.subarray(1) };
}

async function readPolicy(text) {
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: "" };
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "log") policy.logs.push(await readKey(rest[0]));
    else if (word === "witness") policy.witnesses.set(rest[0], await readKey(rest[1]));
    else if (word === "group") policy.groups.set(rest[0], { least: rest[1], members: rest.slice(2) });
    else if (word === "quorum") [policy.quorum] = rest;
  }
  must(policy.quorum, "the policy has no quorum");
  return policy;
}

function speaks(policy, name, names) {
  if (name === "none") return true;
  if (policy.witnesses.has(name)) return names.has(name);
  const { least, members } = policy.groups.get(name);
  const count = { any: 1, all: members.length }[least] || Number(least);
  return members.filter((member) => speaks(policy, member, names)).length >= count;
}

async function checkNote(note, policy) {
  let isLogs = false;
  const witnesses = new Set(), unread = [];
  for (const one of note.signatures) {
    for (const known of policy.logs) {
      const fits = known.name === note.origin && known.name === one.name && known.id === one.id;
      if (fits && await isSigned(known.key, utf8(note.text), one.blob)) isLogs = true;
    }
    for (const [name, known] of policy.witnesses) {
      if (known.name !== one.name || known.id !== one.id) continue;
      if (known.kind !== 4) { unread.push(name); continue; }
      const time = new DataView(one.blob.buffer, one.blob.byteOffset).getBigUint64(0);
      const message = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
      if (await isSigned(known.key, message, one.blob.subarray(8))) witnesses.add(name);
    }
  }
  must(isLogs, "no known log signed the checkpoint");
  const missing = unread.length ? ` (not read here, since browsers have no ML-DSA: ${unread.join(", ")})` : "";
  must(speaks(policy, policy.quorum, witnesses), `the quorum ${policy.quorum} has not cosigned${missing}`);
  return [...witnesses];
}

async function rootOf(proof) {
  let hash = await sha256(joined(Uint8Array.of(0), proof.leaf));
  let place = proof.index, last = proof.note.size - 1;
  must(place <= last, "the tree has no such leaf");
  for (const sibling of proof.path) {
    must(last > 0 && sibling.length === 32, "the proof is too long");
    if (place % 2 === 1 || place === last) {
      hash = await sha256(joined(Uint8Array.of(1), sibling, hash));
      while (place % 2 === 0 && place > 0) { place = Math.floor(place / 2); last = Math.floor(last / 2); }
    } else hash = await sha256(joined(Uint8Array.of(1), hash, sibling));
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  must(last === 0, "the proof is too short");
  return hash;
}

async function checkRecord(known, kind, policy) {
  const record = known.records.find((one) => one.facts.kind === kind);
  must(record, `the record of the ${kind} is missing`);
  const { number, place } = record.facts;
  const subject = kind === "registration" ? `${kind}/${number}/${place}` : `${kind}/${number}`;
  must(record.facts.subject === subject, "the record is of another subject");
  const checksum = await checksumOf(record);
  const proof = known.proofs.find((one) => isSame(one.leaf.subarray(0, 32), checksum));
  must(proof, `no proof is of the record of the ${kind}`);
  const witnesses = await checkLeaf(record, proof, policy);
  return { facts: record.facts, proof, key: record.public_key, witnesses };
}

async function checksumOf(record) {
  return sha256(await sha256(joined(fromHex(record.salt), utf8(record.record))));
}

// The leaf of a proof commits to the record, its submitter signed it, and it is in a tree that the log signed.
async function checkLeaf(record, proof, policy) {
  const checksum = await checksumOf(record), key = fromHex(record.public_key);
  must(isSame(proof.leaf.subarray(0, 32), checksum), "the leaf is of another record");
  must(isSame(await sha256(key), proof.leaf.subarray(96)), "the leaf is of another key");
  const signed = await isSigned(key, joined(utf8(LEAF_NAMESPACE), checksum), proof.leaf.subarray(32, 96));
  must(signed, "the leaf is not signed");
  must(isSame(await rootOf(proof), proof.note.root), "the proof does not lead to the root of the tree");
  return checkNote(proof.note, policy);
}

const mapHash = (word, ...parts) => sha256(joined(utf8(`muniment/map/v1/${word}\0`), ...parts));
const bitOf = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;

// What the map has under a key, or that it has nothing, as of the tree whose last leaf states the root of the map.
async function checkEntry(known, key, policy) {
  const said = known.entry;
  must(said, "no proof of the map is attached");
  must(said.key === key, `the proof is of the key ${said.key}`);
  const proof = readProof(said.proof), witnesses = await checkLeaf(said, proof, policy);
  const facts = JSON.parse(said.record);
  must(facts.kind === "map" && facts.subject === `map/${facts.size}`, "the record states no root of a map");
  must(facts.size === proof.index + 1 && facts.size === proof.note.size, "the root is of an older tree");
  const { size, root } = known.paper;
  must(size === facts.size && root === facts.root, "the paper names another size or root than the proof");
  const place = await mapHash("key", utf8(key));
  let end = null;
  if (said.value !== null) end = { key: place, value: await mapHash("value", utf8(said.value)) };
  else if (said.neighbour !== null) {
    end = { key: fromHex(said.neighbour.key), value: fromHex(said.neighbour.value) };
    must(end.key.length === 32 && end.value.length === 32, "a hash is none");
    must(!isSame(end.key, place), "something does stand under the key");
  }
  const path = said.siblings.map((one) => (one === "" ? new Uint8Array(32) : fromHex(one)));
  must(path.length < KEY_BITS && path.every((one) => one.length === 32), "the path is none");
  const last = path.length - 1;
  must(last < 0 || path[last].some((one) => one !== 0), "the path is longer than it has to be");
  for (let depth = 0; end && depth <= last; depth += 1) {
    must(bitOf(end.key, depth) === bitOf(place, depth), "the path ends at an entry of another way");
  }
  let hash = end ? await mapHash("leaf", end.key, end.value) : new Uint8Array(32);
  for (let depth = last; depth >= 0; depth -= 1) {
    const [left, right] = bitOf(place, depth) ? [path[depth], hash] : [hash, path[depth]];
    hash = await mapHash("node", left, right);
  }
  must(toHex(hash) === facts.root, "the path does not lead to the root of the map");
  return { value: said.value === null ? null : JSON.parse(said.value), facts, proof, witnesses };
}

async function checkContent(known, deposit) {
  const said = known.particulars;
  const commitment = toHex(await sha256(joined(fromHex(said.salt), utf8(said.particulars))));
  must(commitment === deposit.particulars, "the holder or the title is not the one that was logged");
  const facts = JSON.parse(said.particulars);
  must(toHex(await sha256(known.contents)) === deposit.content_sha256, "the list of the content is another");
  must(toHex(await sha256(known.manifest)) === facts.manifest_sha256, "the list of names is another");
  return facts;
}

// The bytes that a signature covers must be the whole file, and its messageDigest (RFC 5652, section 11.2) their digest.
async function checkPage(pdf) {
  const latin = new TextDecoder("latin1").decode(pdf);
  const place = latin.lastIndexOf("/ByteRange");
  const range = place < 0 ? null : /^\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/.exec(latin.slice(place, place + 200));
  must(range, "the PDF bears no signature");
  const [start, length, again, rest] = range.slice(1).map(Number);
  must(start === 0 && again > length && again + rest === pdf.length, "the signature does not cover the whole PDF");
  const digest = toHex(await sha256(joined(pdf.subarray(0, length), pdf.subarray(again))));
  const said = `06092a864886f70d01090431220420${digest}`;
  must(latin.slice(length, again).toLowerCase().includes(said), "the PDF is not as it was signed");
  return "no byte was changed since it was signed; who signed it, a PDF reader, pdfsig or muniment verify tells";
}

const spelt = (value) => JSON.stringify(value, (_name, one) =>
  (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one));
const shown = (holders) =>
  holders.map(({ name = "", kind = "", role = "", country = "" }) => ({ name, kind, role, country }));

const where = ({ proof, witnesses }) =>
  `leaf ${proof.index} of ${proof.note.size} in ${proof.note.origin}, cosigned by ${witnesses.join(", ") || "no witness"}`;

// The paper and the leaf of a version of a registration say the same.
function checkRegistration(paper, facts) {
  must(paper.certificate_number === facts.number && paper.version === facts.place, "the paper is of another registration");
  for (const name of ["registration_number", "profile", "matter", "state", "registered_on", "until_on"]) {
    must(paper[name] === facts[name], `the paper says another ${name} than was logged`);
  }
  const term = `since ${facts.valid_from_on}, until ${facts.until_on || "no end"}`;
  return `${facts.number} (${facts.registration_number}): ${facts.state} ${term}`;
}

async function checkHolders(known, facts) {
  const { paper, particulars: said } = known;
  const names = `${paper.holders.map((one) => one.name).join(", ")}: ${paper.title}`;
  if (!said) return `${names}, as the registry says who signed this`;
  const commitment = toHex(await sha256(joined(fromHex(said.salt), utf8(said.particulars))));
  must(commitment === facts.particulars, "the holder or the title is not the one that was logged");
  const logged = JSON.parse(said.particulars);
  const same = logged.title === paper.title && spelt(shown(logged.holders)) === spelt(shown(paper.holders));
  must(same, "the paper names another title or holder than was logged");
  return names;
}

async function checkDepositOf(known, facts, policy) {
  const { paper } = known;
  must(paper.deposit === facts.deposit && paper.content_sha256 === facts.content_sha256, "the paper names another deposit");
  if (!facts.deposit) return "it names none";
  if (!known.records.some((one) => one.facts.kind === "deposit")) return `${facts.deposit}, as the registration's leaf says`;
  const found = await checkRecord(known, "deposit", policy), deposit = found.facts;
  must(deposit.number === facts.deposit && deposit.content_sha256 === facts.content_sha256, "the deposit is another");
  const listed = known.contents ? toHex(await sha256(known.contents)) : deposit.content_sha256;
  must(listed === deposit.content_sha256, "the list of the content is another");
  return `${deposit.number}, deposited at ${deposit.recorded_at}; ${where(found)}`;
}

const standing = (paper, name) => paper[name].filter((one) => one.state === "active").length;

function checkCounts(paper, value) {
  const counts = standing(paper, "licences") === value.licence_count && standing(paper, "pledges") === value.pledge_count;
  must(counts, "the paper lists other licences or pledges than the map counts");
}

function checkNewest(paper, value) {
  must(value && value.registration_number === paper.registration_number, "the map has no such registration");
  const counts = `${value.licence_count} licences and ${value.pledge_count} pledges in force`;
  const now = `${value.state} until ${value.until_on || "no end"}, ${counts}`;
  if (!paper.is_newest) return `the extract is not of the newest entry, which says ${now}`;
  const same = ["version", "state", "until_on"].every((name) => paper[name] === value[name]);
  must(same && paper.stands === paper.state, "the extract says another state than the map");
  checkCounts(paper, value);
  return `the newest entry says the same: ${now}`;
}

function checkAnswer(paper, value) {
  must(spelt(value) === spelt(paper.found), "the paper says another thing than the map");
  const as = `${paper.key} as of log size ${paper.size}`;
  if (value === null) return `nothing is registered under ${as}`;
  if ("pledge_count" in value) checkCounts(paper, value);
  return `${as}: ${spelt(value)}`;
}

// The steps of each kind of paper, between its page and the files that should be of its content.
const KINDS = {
  async deposit(step, known, policy) {
    let certificate, deposit;
    await step("certificate in the log", async () => where(certificate = await checkRecord(known, "certificate", policy)));
    await step("deposit in the log", async () => where(deposit = await checkRecord(known, "deposit", policy)));
    await step("certificate is of the deposit", async () => {
      const one = certificate.facts, other = deposit.facts;
      const leaf = toHex(await sha256(joined(Uint8Array.of(0), deposit.proof.leaf)));
      must(one.deposit === other.number && one.deposit_leaf === leaf, "it is of another deposit");
      must(one.particulars === other.particulars && one.content_sha256 === other.content_sha256, "it is of another content");
      must(certificate.key === deposit.key, "the two leaves are of different keys");
      return `${one.number} is of ${other.number}, deposited at ${other.recorded_at}`;
    });
    await step("holder, title and content", async () => {
      const facts = await checkContent(known, deposit.facts);
      return `${facts.depositor}: ${facts.title}`;
    });
  },
  async "certificate-of-registration"(step, known, policy) {
    let registration;
    await step("registration in the log", async () => {
      registration = await checkRecord(known, "registration", policy);
      return where(registration);
    });
    await step("certificate is of the registration", () => checkRegistration(known.paper, registration.facts));
    await step("holder and title", () => checkHolders(known, registration.facts));
    await step("deposit of the registration", () => checkDepositOf(known, registration.facts, policy));
  },
  async extract(step, known, policy) {
    let registration, entry;
    await step("registration in the log", async () => {
      registration = await checkRecord(known, "registration", policy);
      return where(registration);
    });
    await step("extract is of the registration", () => checkRegistration(known.paper, registration.facts));
    await step("holder and title", () => checkHolders(known, registration.facts));
    await step("entry in the map", async () => {
      entry = await checkEntry(known, `registration/${registration.facts.number}`, policy);
      must(known.entry.public_key === registration.key, "the two leaves are of different keys");
      return where(entry);
    });
    await step("extract and entry", () => checkNewest(known.paper, entry.value));
  },
  async search(step, known, policy) {
    let entry;
    await step("entry in the map", async () => where(entry = await checkEntry(known, known.paper.key, policy)));
    await step("answer", () => checkAnswer(known.paper, entry.value));
  },
};

// Returns steps {name, holds, detail}: of the attachments of `pdf`, by the keys of `policyText` (else the attached), and
// of the SHA-256 of files that should be of the deposit. A PDF that names no kind is the certificate of a deposit.
async function verifyCertificate(pdf, policyText, hashes = []) {
  const steps = [];
  const step = async (name, check) => {
    try {
      steps.push({ name, holds: true, detail: await check() });
    } catch (error) {
      steps.push({ name, holds: false, detail: error.message });
    }
  };
  let known = { records: [], proofs: [] }, policy;
  await step("attachments", async () => {
    known = sorted(await attachmentsOf(pdf));
    policy = await readPolicy(policyText || known.policy);
    return policyText ? "checked by the keys of this page" : "checked by the keys that the certificate names itself";
  });
  await step("page", () => checkPage(pdf));
  const kind = known.paper ? known.paper.kind : "deposit";
  if (Object.hasOwn(KINDS, kind)) await KINDS[kind](step, known, policy);
  else await step("kind", () => must(false, `this page does not know papers of the kind ${kind}`));
  for (const { name, sha256: digest } of hashes) {
    await step(`file ${name}`, async () => {
      must(known.contents, "this paper brings no list of a content");
      must(textOf(known.contents).split("\n").some((line) => line.startsWith(`${digest} `)), "it is not what was deposited");
      return digest;
    });
  }
  return steps;
}
