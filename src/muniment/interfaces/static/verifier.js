// Checks what is attached to a certificate: records, proofs, signatures of the log and its witnesses, lists of content.
// Written from docs/verify.md and from the specifications (RFC 9162, C2SP signed-note, tlog-proof, tlog-cosignature,
// Sigsum v1), with WebCrypto and no library. Of the signature of the PDF only the digest is compared: who signed, a PDF
// reader tells.
"use strict";

const LEAF_NAMESPACE = "sigsum.org/v1/tree-leaf\0";
const HASH_LIMIT = 63;

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
      if ("particulars" in said) known.particulars = said;
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
  must(record.facts.subject === `${kind}/${record.facts.number}`, "the record is of another subject");
  const message = await sha256(joined(fromHex(record.salt), utf8(record.record)));
  const checksum = await sha256(message), key = fromHex(record.public_key);
  const proof = known.proofs.find((one) => isSame(one.leaf.subarray(0, 32), checksum));
  must(proof, `no proof is of the record of the ${kind}`);
  must(isSame(await sha256(key), proof.leaf.subarray(96)), "the leaf is of another key");
  const signed = await isSigned(key, joined(utf8(LEAF_NAMESPACE), checksum), proof.leaf.subarray(32, 96));
  must(signed, "the leaf is not signed");
  must(isSame(await rootOf(proof), proof.note.root), "the proof does not lead to the root of the tree");
  const witnesses = await checkNote(proof.note, policy);
  return { facts: record.facts, proof, key: record.public_key, witnesses };
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

// Returns steps {name, holds, detail}: of the attachments of `pdf`, by the keys of `policyText` (else the attached), and
// of the SHA-256 of files that should be of the deposit.
async function verifyCertificate(pdf, policyText, hashes = []) {
  const steps = [];
  const step = async (name, check) => {
    try {
      steps.push({ name, holds: true, detail: await check() });
    } catch (error) {
      steps.push({ name, holds: false, detail: error.message });
    }
  };
  let known = { records: [], proofs: [] }, policy, certificate, deposit;
  const where = ({ proof, witnesses }) =>
    `leaf ${proof.index} of ${proof.note.size} in ${proof.note.origin}, cosigned by ${witnesses.join(", ") || "no witness"}`;
  await step("attachments", async () => {
    known = sorted(await attachmentsOf(pdf));
    policy = await readPolicy(policyText || known.policy);
    return policyText ? "checked by the keys of this page" : "checked by the keys that the certificate names itself";
  });
  await step("page", () => checkPage(pdf));
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
  for (const { name, sha256: digest } of hashes) {
    await step(`file ${name}`, async () => {
      must(textOf(known.contents).split("\n").some((line) => line.startsWith(`${digest} `)), "it is not what was deposited");
      return digest;
    });
  }
  return steps;
}
