// The map over the register: what stands under a key, or that nothing does (docs/proof-of-absence.md).
"use strict";

const MAP_FORMAT = "muniment/map-proof/v1";
const MAP_FIELDS = "format,key,neighbour,proof,public_key,record,salt,siblings,value";
const KEY_BITS = 256;
const DIFFERS = say("The key, the value or the proof differs.");

const mapHash = (word, ...parts) => sha256(joined(utf8(`muniment/map/v1/${word}\0`), ...parts));
const bitOf = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;

function hashOf(text) {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error("a hash is none");
  return fromHex(text);
}

function readMapProof(text) {
  try {
    const said = JSON.parse(text), texts = [said.key, said.record, said.proof, said.value].filter((one) => one !== null);
    const isProof = Object.keys(said).sort().join() === MAP_FIELDS && said.format === MAP_FORMAT;
    if (!isProof || !texts.every((one) => typeof one === "string" && one)) throw new Error("its fields are others");
    if (said.value !== null && said.neighbour !== null) throw new Error("a key with an entry has no neighbour");
    if (said.value !== null && JSON.parse(said.value) === null) throw new Error("it is no object");
    [said.salt, said.public_key].forEach(hashOf);
    const end = said.neighbour && { key: hashOf(said.neighbour.key), value: hashOf(said.neighbour.value) };
    const path = said.siblings.map((one) => (one === "" ? new Uint8Array(32) : hashOf(one)));
    return { ...said, end, path };
  } catch (error) {
    const format = say("Its format is {format}.", { format: MAP_FORMAT });
    throw new Refused(say("This is no proof of a map ({reason}).", { reason: error.message }), format);
  }
}

function rootStated(record) {
  try {
    const facts = JSON.parse(record), isOne = facts.kind === "map" && facts.subject === `map/${facts.size}`;
    if (!isOne || !Number.isInteger(facts.size) || !Number.isInteger(facts.entry_count)) throw new Error("it is of something else");
    hashOf(facts.root);
    return facts;
  } catch (error) {
    throw new Refused(say("The record does not state the root of a map ({reason}).", { reason: error.message }), ALTERED);
  }
}

// The path from what stands under a key, from another's entry or from nothing leads to the root of the map.
async function checkPath(said, root) {
  const place = await mapHash("key", utf8(said.key)), { path } = said;
  let { end } = said;
  if (said.value !== null) end = { key: place, value: await mapHash("value", utf8(said.value)) };
  else if (end) {
    must(!isSame(end.key, place), say("The path ends at an entry of this key."), say("Something does stand under it."));
  }
  const isSameWay = !end || path.every((_one, depth) => bitOf(end.key, depth) === bitOf(place, depth));
  const other = say("The path ends at an entry of another way.");
  must(path.length <= KEY_BITS && isSameWay, other, say("It is the proof of another key."));
  const isShort = !path.length || path.at(-1).some((one) => one !== 0);
  must(isShort, say("The path is longer than it has to be."), say("A map has no such nodes."));
  let hash = end ? await mapHash("leaf", end.key, end.value) : new Uint8Array(32);
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const [left, right] = bitOf(place, depth) ? [path[depth], hash] : [hash, path[depth]];
    hash = await mapHash("node", left, right);
  }
  must(isSame(hash, fromHex(root)), say("The path does not lead to the root of the map."), DIFFERS);
}

// What a file proves of a key of the map; the key that was asked for and the registry's, where they are known.
async function verifyMapProof(text, policy, key = null, publicKey = null) {
  const said = readMapProof(text);
  const other = say("The proof is of the key {key}.", { key: `'${said.key}'` });
  must(key === null || said.key === key, other, say("Ask for one of {key}.", { key: `'${key}'` }));
  const proof = await verifyProof(said.proof, policy);
  await checkRecord(proof, publicKey === null ? said : { ...said, public_key: publicKey });
  const facts = rootStated(said.record), { size } = proof.note;
  const older = say("The root is that of {count} leaves, and the signed tree has {size}.", { count: facts.size, size });
  const isNewest = facts.size === proof.index + 1 && facts.size === size;
  must(isNewest, older, say("It is an older root; ask for a proof against this tree."));
  await checkPath(said, facts.root);
  return { key: said.key, value: said.value, facts, proof };
}
