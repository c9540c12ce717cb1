// Signatures over a PDF and over a tree: CMS (RFC 5652), timestamps (RFC 3161), and the bytes that a PDF's covers.
"use strict";

const SIGNED_DATA = "1.2.840.113549.1.7.2", TST_INFO = "1.2.840.113549.1.9.16.1.4";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4", STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
const ALTERED = say("The file was altered.");

// A ContentInfo with one signer.
function readCms(bytes) {
  const [kind, wrapped] = new Der(bytes).of(0x30);
  if (kind.oid !== SIGNED_DATA) throw new Error("the frame is another");
  const [version, algorithms, content, ...rest] = wrapped.parts[0].of(0x30);
  const [signer, ...others] = rest.at(-1).of(0x31);
  if (others.length) throw new Error("there are several signers");
  const listed = rest.find((one) => one.tag === 0xa0);
  const [own, sid, hashed, ...fields] = signer.of(0x30);
  const signed = fields.find((one) => one.tag === 0xa0), unsigned = fields.find((one) => one.tag === 0xa1);
  const [algorithm, signature] = fields.filter((one) => one !== signed && one !== unsigned);
  const attributes = (one) => (one ? one.parts.map((part) => {
    const [name, values] = part.of(0x30);
    return { oid: name.oid, values: values.of(0x31) };
  }) : []);
  return {
    versions: [version.body[0], own.body[0]],
    digests: algorithms.of(0x31).map((one) => one.parts[0].oid),
    content: content.of(0x30),
    certificates: (listed ? listed.parts : []).map((one) => new Certificate(one.whole)),
    hasLists: rest.some((one) => one.tag === 0xa1),
    issuer: sid.parts[0].whole,
    serial: sid.parts[1].whole,
    digest: hashed.parts[0].oid,
    algorithm: algorithm.parts[0].oid,
    signed: joined(Uint8Array.of(0x31), signed.whole.subarray(1)),
    attributes: attributes(signed),
    unsigned: attributes(unsigned),
    signature: signature.body,
  };
}

// A hash algorithm as `log_algorithms` names it.
function nameOf(hash) {
  return hash.replace("-", "").toLowerCase();
}

function signerOf(cms) {
  return cms.certificates.find((one) => isSame(one.issuer, cms.issuer) && isSame(one.serial, cms.serial));
}

// Whether the signature of a CMS is that of its signer over a content.
async function holdsFor(cms, content) {
  const hash = HASH_OF[cms.digest], signer = signerOf(cms);
  if (!hash || !signer || (SIGNATURES[cms.algorithm] || hash) !== hash) return false;
  const said = cms.attributes.filter((one) => one.oid === MESSAGE_DIGEST);
  if (said.length !== 1 || !isSame(said[0].values[0].body, await digestBy(hash, content))) return false;
  return isSignedBy(signer.key, hash, cms.signed, cms.signature);
}

// What a token says about some bytes: when they were there, until when its certificates hold, and the algorithms that
// it rests on. Its way up to a root holds at that time.
async function verifyStamp(token, content, roots) {
  let cms, info, stamped, hashed, right;
  try {
    cms = readCms(token);
    const [kind, wrapped] = cms.content;
    const isFrame = cms.versions.join() === "3,1" && kind.oid === TST_INFO && cms.digests.join() === cms.digest;
    if (!isFrame || cms.hasLists || cms.unsigned.length || !signerOf(cms)) throw new Error("the frame is another");
    info = wrapped.parts[0].body;
    const [, , imprint, , moment] = new Der(info).of(0x30);
    const [[hash], digest] = [imprint.parts[0].parts, imprint.parts[1]];
    stamped = moment.seconds;
    hashed = HASH_OF[hash.oid];
    right = isSame(digest.body, await digestBy(hashed, content));
  } catch {
    throw new Refused(say("The token is no timestamp that we can read."), say("It was altered, or is of another kind."));
  }
  must(right, say("The token is of other bytes."), say("Take the token that was made for this checkpoint."));
  const signer = signerOf(cms);
  const alone = say("The signer's certificate is not for time-stamping alone.");
  must(signer.isForStampsAlone, alone, say("Ask another authority."));
  const way = await climb(signer, cms.certificates, roots);
  for (const one of way.length ? way : [signer]) {
    const values = { subject: one.distinguished, instant: instantOf(stamped).replace("T", " ") };
    must(one.isAt(stamped), say("The certificate of {subject} was not valid at {instant}.", values), say("Ask again."));
  }
  const nowhere = say("The signer's certificate leads to no trusted root.");
  must(way.length, nowhere, say("Add the authority's root to the file."));
  must(await holdsFor(cms, info), say("The token does not hold."), say("It was altered."));
  const kinds = [...way.map((one) => one.kind), nameOf(hashed), nameOf(HASH_OF[cms.digest])];
  const hashes = way.slice(0, -1).map((one) => nameOf(one.hash));
  return { at: stamped, expires: Math.min(...way.map((one) => one.expires)), rests: [...kinds, ...hashes] };
}

// A signed PDF: the bytes that its one signature covers, that signature, and the files attached to it by their names.
async function openSealed(pdf) {
  const latin = latinOf(pdf);
  must(latin.startsWith("%PDF-"), say("The file is no PDF."), say("Give the certificate as it was received."));
  const ranges = [...latin.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)];
  const count = say("The PDF bears {count} signatures.", { count: ranges.length });
  must(ranges.length === 1, count, say("A certificate bears one; something was added or cut."));
  const [start, length, after, rest] = ranges[0].slice(1).map(Number);
  const part = say("The signature does not cover the whole file.");
  must(start === 0 && after + rest === pdf.length, part, say("Something was added after it was signed."));
  let whole;
  try {
    whole = new Der(fromHex(latin.slice(length + 1, after - 1))).whole;
  } catch {
    throw new Refused(say("The PDF cannot be read: it was cut or altered."), say("Ask for it again."));
  }
  const gap = `<${toHex(whole).toUpperCase().padEnd(after - length - 2, "0")}>`;
  must(latin.slice(length, after) === gap, say("The signature is not written as it was made."), ALTERED);
  try {
    const cms = readCms(whole), objects = objectsOf(latin), files = await attachmentsOf(pdf, latin, objects);
    const extra = cms.unsigned.some((one) => one.oid !== STAMP_TOKEN || one.values.length !== 1);
    must(!extra && cms.unsigned.length < 2, say("The signature has parts that nobody signed."), ALTERED);
    const token = cms.unsigned.length ? cms.unsigned[0].values[0].whole : null;
    return { cms, token, files, lists: await listsOf(pdf, latin, objects), covered: joined(pdf.subarray(0, length), pdf.subarray(after)) };
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(say("The PDF cannot be read: it was cut or altered."), say("Ask for it again."));
  }
}

// Where the objects of a PDF begin, by their numbers; of several of a number the last counts.
function objectsOf(latin) {
  const marks = latin.matchAll(/(?:^|[\r\n])(\d+) 0 obj\b/g);
  return new Map(Array.from(marks, (mark) => [mark[1], mark.index + mark[0].length]));
}

// The files attached to a PDF whose objects of files lie open, as ours do.
async function attachmentsOf(pdf, latin, objects) {
  const files = {};
  for (const begin of objects.values()) {
    const head = latin.slice(begin, begin + 2000).split("endobj")[0];
    if (!/^\s*<<\s*\/Type\s*\/Filespec\b/.test(head)) continue;
    const name = /\/F\s*\(((?:\\.|[^\\)])*)\)/.exec(head)[1].replace(/\\(.)/g, "$1");
    files[name] = await streamAt(pdf, latin, objects.get(/\/EF\s*<<\s*\/F\s+(\d+)\s+0\s+R/.exec(head)[1]));
  }
  return files;
}

// The lists of revoked certificates that a PDF brings (the DSS of PAdES).
async function listsOf(pdf, latin, objects) {
  const found = [];
  for (const begin of objects.values()) {
    const listed = /^\s*<<[^>]*\/CRLs\s*\[([\s\d R]*)\]/.exec(latin.slice(begin, begin + 2000).split("endobj")[0]);
    for (const [, number] of listed ? listed[1].matchAll(/(\d+) 0 R/g) : []) {
      found.push(new RevocationList(await streamAt(pdf, latin, objects.get(number))));
    }
  }
  return found;
}

async function streamAt(pdf, latin, begin) {
  const start = /stream\r?\n/g;
  start.lastIndex = begin;
  const mark = start.exec(latin), head = latin.slice(begin, mark.index);
  const packed = pdf.subarray(start.lastIndex, start.lastIndex + Number(/\/Length (\d+)/.exec(head)[1]));
  if (!head.includes("/FlateDecode")) return packed;
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
