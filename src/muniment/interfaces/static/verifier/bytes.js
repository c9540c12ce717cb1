// Bytes, their spellings, and WebCrypto.
"use strict";

const utf8 = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
const latinOf = (bytes) => new TextDecoder("latin1").decode(bytes);
const fromHex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
const digestBy = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));
const sha256 = (bytes) => digestBy("SHA-256", bytes);
const isSame = (one, other) => toHex(one) === toHex(other);
const compact = (value) => JSON.stringify(value, (_name, one) =>
  (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one));
const instantOf = (seconds) => new Date(seconds * 1000).toISOString().replace(/(?:\.000)?Z$/, "+00:00");

// The bytes of base64, nothing where it is none or not their one spelling.
function fromBase64(text) {
  try {
    const raw = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    return toBase64(raw) === text ? raw : new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((place, part) => { all.set(part, place); return place + part.length; }, 0);
  return all;
}

// Ed25519; bytes that are no key sign nothing.
async function isSigned(key, message, signature) {
  try {
    const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, known, signature, message);
  } catch {
    return false;
  }
}
