// The log: signed notes, policies, cosignatures and proofs, by RFC 9162, C2SP signed-note, tlog-proof, tlog-policy and
// tlog-cosignature, and Sigsum v1.
"use strict";

const LEAF_NAMESPACE = "sigsum.org/v1/tree-leaf\0";
const ED25519 = 1, COSIGNATURE = 4, COSIGNATURE_ML_DSA = 6;
const KEY_BYTES = { [ED25519]: 32, [COSIGNATURE]: 32, [COSIGNATURE_ML_DSA]: 1312 };
const TIME_BYTES = 8;
const PROOF_LINE = "c2sp.org/tlog-proof@v1";
const CUT = say("The file was altered or cut.");
const OTHER_TREE = say("It is of another tree.");

function readNote(content) {
  const cut = content.lastIndexOf("\n\n"), lines = content.slice(cut + 2).split("\n");
  const isNote = cut > 0 && lines.pop() === "" && lines.length > 0 && lines.length <= 100 && !content.includes("\r");
  must(isNote, say("This is no signed note."), say("It ends with an empty line and lines of signatures."));
  const signatures = lines.map((line) => {
    const parts = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line), raw = parts ? fromBase64(parts[2]) : [];
    const none = say("{line} is no line of a signature.", { line: `'${line.slice(0, 60)}'` });
    must(raw.length >= 5, none, say("The note was altered or cut."));
    return { name: parts[1], id: toHex(raw.subarray(0, 4)), blob: raw.subarray(4) };
  });
  const text = content.slice(0, cut + 1), [origin, size, root] = text.split("\n");
  const isCheckpoint = origin && /^(0|[1-9]\d{0,18})$/.test(size) && text.split("\n").length > 3 && fromBase64(root).length === 32;
  must(isCheckpoint, say("This is no checkpoint of a log."), say("It has an origin, a size and a root, one a line."));
  return { text, origin, size: Number(size), root: fromBase64(root), signatures };
}

function readProof(text) {
  const cut = text.indexOf("\n\n"), [first, ...lines] = text.slice(0, Math.max(0, cut)).split("\n");
  let leaf = new Uint8Array();
  if (lines.length && lines[0].startsWith("extra ")) {
    leaf = fromBase64(lines.shift().slice(6));
    must(leaf.length, say("The line `extra` is not base64."), CUT);
  }
  const index = /^index (0|[1-9]\d{0,18})$/.exec(lines.shift() || "");
  const form = say("Its first line is {line}, then follows the index.", { line: PROOF_LINE });
  must(index && first === PROOF_LINE, say("This is no proof of a log."), form);
  const path = lines.map(fromBase64);
  must(path.length <= 63 && path.every((one) => one.length === 32), say("A line of the path is no hash."), CUT);
  return { index: Number(index[1]), leaf, path, note: readNote(text.slice(cut + 2)) };
}

async function readKey(text) {
  const first = text.indexOf("+"), second = text.indexOf("+", first + 1);
  const name = text.slice(0, first), id = text.slice(first + 1, second), raw = fromBase64(text.slice(second + 1));
  const isKey = first > 0 && second > first && KEY_BYTES[raw[0]] === raw.length - 1;
  const none = say("{key} is no verifier key.", { key: `'${text.slice(0, 80)}'` });
  must(isKey, none, say("Write it as name+id+key, as its owner gave it."));
  const fits = toHex((await sha256(joined(utf8(`${name}\n`), raw))).subarray(0, 4)) === id;
  must(fits, say("The key of {name} does not fit its id {id}.", { name, id }), say("Copy the whole key again."));
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
  must(policy.quorum, say("The policy has no quorum."), say("End it with a line such as: quorum none"));
  return policy;
}

function speaks(policy, name, names) {
  if (name === "none") return true;
  if (policy.witnesses.has(name)) return names.has(name);
  const { least, members } = policy.groups.get(name);
  const count = { any: 1, all: members.length }[least] || Number(least);
  return members.filter((member) => speaks(policy, member, names)).length >= count;
}

// What a witness signs; that of ML-DSA-44 names the witness and leaves further lines out.
function cosigned(known, note, time) {
  if (known.kind === COSIGNATURE) return utf8(`cosignature/v1\ntime ${new DataView(time.buffer).getBigUint64(0)}\n${note.text}`);
  const number = (value) => { const at = new DataView(new ArrayBuffer(8)); at.setBigUint64(0, BigInt(value)); return new Uint8Array(at.buffer); };
  const named = (text) => joined(Uint8Array.of(utf8(text).length), utf8(text));
  return joined(utf8("subtree/v1\n\0"), named(known.name), time, named(note.origin), number(0), number(note.size), note.root);
}

// The witnesses of a policy that signed a tree, each with when it says that it did, once a known log and enough of them did.
async function checkNote(note, policy) {
  let isLogs = false;
  const witnesses = new Map();
  for (const one of note.signatures) {
    for (const known of policy.logs) {
      const fits = known.name === note.origin && known.name === one.name && known.id === one.id;
      if (fits && await isSigned(known.key, utf8(note.text), one.blob)) isLogs = true;
    }
    for (const [name, known] of policy.witnesses) {
      if (known.name !== one.name || known.id !== one.id || witnesses.has(name)) continue;
      const time = one.blob.slice(0, TIME_BYTES), message = cosigned(known, note, time);
      const verify = known.kind === COSIGNATURE ? isSigned : isSignedByMlDsa;
      if (await verify(known.key, message, one.blob.subarray(TIME_BYTES))) {
        witnesses.set(name, Number(new DataView(time.buffer).getBigUint64(0)));
      }
    }
  }
  const { origin } = note, unknown = say("No known log signed the checkpoint of {origin}.", { origin });
  must(isLogs, unknown, say("Add the log's key to the policy."));
  const signed = [...witnesses.keys()].sort().join(", ") || say("none");
  const few = say("The quorum {quorum} has not signed the checkpoint of {origin} (signed: {signed}).",
    { quorum: policy.quorum, origin, signed });
  const again = say("Ask for a proof against a checkpoint with more cosignatures.");
  must(speaks(policy, policy.quorum, witnesses), few, again);
  return witnesses;
}

async function rootOf(proof) {
  const { index, note: { size } } = proof, none = say("A tree of {size} leaves has none at {index}.", { size, index });
  must(index < size, none, say("The proof is of another tree."));
  let hash = await sha256(joined(Uint8Array.of(0), proof.leaf));
  let place = index, last = size - 1;
  for (const sibling of proof.path) {
    must(last > 0, say("The proof is too long."), OTHER_TREE);
    if (place % 2 === 1 || place === last) {
      hash = await sha256(joined(Uint8Array.of(1), sibling, hash));
      while (place % 2 === 0 && place > 0) { place = Math.floor(place / 2); last = Math.floor(last / 2); }
    } else hash = await sha256(joined(Uint8Array.of(1), hash, sibling));
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  must(last === 0, say("The proof is too short."), OTHER_TREE);
  return hash;
}

// A proof that holds: its leaf stands in a tree that a known log signed, and enough witnesses.
async function verifyProof(text, policy) {
  const proof = readProof(text), { leaf, note } = proof;
  const short = say("A leaf has {least} bytes, not {count}.", { least: 128, count: leaf.length });
  must(leaf.length === 128, short, say("This is no leaf of the log."));
  const leads = isSame(await rootOf(proof), note.root);
  must(leads, say("The proof does not lead to the root of the tree."), say("The leaf, its index or the proof differs."));
  return { ...proof, witnesses: await checkNote(note, policy) };
}

const commitment = async (salt, text) => sha256(joined(fromHex(salt), utf8(text)));

// The leaf commits to a record with its salt, and was signed with the key.
async function checkRecord(proof, said) {
  must(fromHex(said.salt).length === 32, say("The salt is not that of a record."), say("It has 32 bytes."));
  const checksum = await sha256(await commitment(said.salt, said.record)), key = fromHex(said.public_key);
  const isIts = isSame(proof.leaf.subarray(0, 32), checksum);
  must(isIts, say("The leaf is not of this record."), say("The record or its salt differs from what was logged."));
  const message = joined(utf8(LEAF_NAMESPACE), checksum);
  const isKeys = isSame(await sha256(key), proof.leaf.subarray(96)) && await isSigned(key, message, proof.leaf.subarray(32, 96));
  must(isKeys, say("The leaf was not signed with this key."), say("Ask the registrar for the key it signs with."));
}
