// SHA-256 piece by piece (FIPS 180-4), for files of any size: WebCrypto wants all bytes at once.
"use strict";

class Sha256 {
  static #rounds = Sha256.#constants();

  constructor() {
    this.state = Int32Array.from([
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ]);
    this.words = new Int32Array(64);
    this.rest = new Uint8Array(64);
    this.kept = 0;
    this.count = 0;
  }

  // The first 32 bits of the fractions of the cube roots of the first 64 primes.
  static #constants() {
    const found = new Int32Array(64);
    for (let number = 2, place = 0; place < 64; number += 1) {
      let isPrime = true;
      for (let part = 2; part * part <= number; part += 1) if (number % part === 0) isPrime = false;
      if (isPrime) {
        const cube = BigInt(number) << 96n;
        let low = 0n, high = 1n << 40n;
        while (high - low > 1n) {
          const middle = (low + high) >> 1n;
          if (middle * middle * middle <= cube) low = middle; else high = middle;
        }
        found[place] = Number(low & 0xffffffffn);
        place += 1;
      }
    }
    return found;
  }

  update(bytes) {
    this.count += bytes.length;
    let place = 0;
    if (this.kept) {
      const taken = Math.min(64 - this.kept, bytes.length);
      this.rest.set(bytes.subarray(0, taken), this.kept);
      this.kept += taken;
      place = taken;
      if (this.kept < 64) return this;
      this.#block(this.rest, 0);
      this.kept = 0;
    }
    for (; place + 64 <= bytes.length; place += 64) this.#block(bytes, place);
    this.rest.set(bytes.subarray(place));
    this.kept = bytes.length - place;
    return this;
  }

  hex() {
    const bits = BigInt(this.count) * 8n;
    const end = new Uint8Array(this.kept < 56 ? 64 - this.kept : 128 - this.kept);
    end[0] = 0x80;
    for (let place = 0; place < 8; place += 1) end[end.length - 1 - place] = Number((bits >> BigInt(8 * place)) & 255n);
    this.update(end);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #block(bytes, start) {
    const w = this.words, k = Sha256.#rounds, s = this.state;
    for (let i = 0, at = start; i < 16; i += 1, at += 4) {
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15], y = w[i - 2];
      const p = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const q = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + p + w[i - 7] + q) | 0;
    }
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i += 1) {
      const p = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + p + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const q = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (q + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
}

async function hashFile(file, progress) {
  const hasher = new Sha256();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return hasher.hex();
    hasher.update(value);
    if (progress) progress(hasher.count);
  }
}
