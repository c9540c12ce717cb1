// ML-DSA-44 (FIPS 204), verifying alone, and SHAKE (FIPS 202) for it: witnesses sign with it, and WebCrypto has neither.
"use strict";

const LANE = (1n << 64n) - 1n;
const Q = 8380417, DROPPED = 13, TAU = 39, GAMMA_1 = 2 ** 17, GAMMA_2 = (Q - 1) / 88, BETA = 78, OMEGA = 80, RANK = 4;
const SIGNATURE_BYTES = 32 + RANK * 576 + OMEGA + RANK, PUBLIC_BYTES = 32 + RANK * 320;

const turned = (lane, by) => ((lane << by) | (lane >> (64n - by))) & LANE;

function permute(state) {
  let register = 1;
  for (let round = 0; round < 24; round += 1) {
    const sums = [0, 1, 2, 3, 4].map((x) => state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]);
    for (let at = 0; at < 25; at += 1) state[at] ^= sums[(at + 4) % 5] ^ turned(sums[(at + 1) % 5], 1n);
    let x = 1, y = 0, current = state[1];
    for (let step = 0; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const at = x + 5 * y, next = state[at];
      state[at] = turned(current, BigInt(((step + 1) * (step + 2) / 2) % 64));
      current = next;
    }
    for (let first = 0; first < 25; first += 5) {
      const row = state.slice(first, first + 5);
      for (let at = 0; at < 5; at += 1) state[first + at] = row[at] ^ (~row[(at + 1) % 5] & LANE & row[(at + 2) % 5]);
    }
    for (let bit = 0; bit < 7; bit += 1) {
      register = ((register << 1) ^ ((register >> 7) * 0x71)) % 256;
      if (register & 2) state[0] ^= 1n << ((1n << BigInt(bit)) - 1n);
    }
  }
}

// Yields the bytes of SHAKE128 (rate 168) or SHAKE256 (rate 136) of some bytes, without end.
function* shake(rate, ...parts) {
  const message = joined(...parts), padded = new Uint8Array(Math.ceil((message.length + 1) / rate) * rate);
  padded.set(message);
  padded[message.length] = 0x1f;
  padded[padded.length - 1] |= 0x80;
  const state = new Array(25).fill(0n);
  for (let start = 0; start < padded.length; start += rate) {
    for (let at = 0; at < rate; at += 1) state[at >> 3] ^= BigInt(padded[start + at]) << BigInt(8 * (at & 7));
    permute(state);
  }
  for (;; permute(state)) {
    for (let at = 0; at < rate; at += 1) yield Number((state[at >> 3] >> BigInt(8 * (at & 7))) & 255n);
  }
}

const taken = (stream, count) => Uint8Array.from({ length: count }, () => stream.next().value);
const modulo = (value) => ((value % Q) + Q) % Q;

// The powers of the 512th root of unity, in the order in which the transform wants them.
const ZETAS = Array.from({ length: 256 }, (_none, place) => {
  let power = 1, times = 0;
  for (let bit = 0; bit < 8; bit += 1) times |= ((place >> bit) & 1) << (7 - bit);
  for (let at = 0; at < times; at += 1) power = power * 1753 % Q;
  return power;
});

function transformed(polynomial) {
  const found = polynomial.map(modulo);
  for (let size = 128, place = 1; size >= 1; size /= 2) {
    for (let start = 0; start < 256; start += 2 * size, place += 1) {
      for (let at = start; at < start + size; at += 1) {
        const product = ZETAS[place] * found[at + size] % Q;
        found[at + size] = modulo(found[at] - product);
        found[at] = (found[at] + product) % Q;
      }
    }
  }
  return found;
}

function restored(polynomial) {
  const found = [...polynomial];
  for (let size = 1, place = 255; size < 256; size *= 2) {
    for (let start = 0; start < 256; start += 2 * size, place -= 1) {
      for (let at = start; at < start + size; at += 1) {
        const one = found[at], other = found[at + size];
        found[at] = (one + other) % Q;
        found[at + size] = modulo(other - one) * ZETAS[place] % Q;
      }
    }
  }
  return found.map((one) => one * 8347681 % Q);
}

// The coefficients that bytes hold, so many bits each, the least first.
function unpacked(bytes, bits) {
  const found = [];
  let kept = 0, count = 0;
  for (const one of bytes) {
    kept += one * 2 ** count;
    for (count += 8; count >= bits; count -= bits) {
      found.push(kept % 2 ** bits);
      kept = Math.floor(kept / 2 ** bits);
    }
  }
  return found;
}

function entryOf(rho, row, column) {
  const stream = shake(168, rho, Uint8Array.of(column, row)), found = [];
  while (found.length < 256) {
    const [low, middle, high] = taken(stream, 3), value = low + middle * 256 + (high & 127) * 65536;
    if (value < Q) found.push(value);
  }
  return found;
}

function challengeOf(seed) {
  const stream = shake(136, seed), signs = taken(stream, 8), found = new Array(256).fill(0);
  for (let place = 256 - TAU, turn = 0; place < 256; place += 1, turn += 1) {
    let at = stream.next().value;
    while (at > place) at = stream.next().value;
    found[place] = found[at];
    found[at] = (signs[turn >> 3] >> (turn & 7)) & 1 ? -1 : 1;
  }
  return found;
}

// Which coefficients of each polynomial are hinted at; nothing where the hints are not written in the one way.
function hintsOf(bytes) {
  const found = Array.from({ length: RANK }, () => new Set());
  let at = 0;
  for (const [place, hints] of found.entries()) {
    const end = bytes[OMEGA + place], first = at;
    if (end < at || end > OMEGA) return null;
    for (; at < end; at += 1) {
      if (at > first && bytes[at - 1] >= bytes[at]) return null;
      hints.add(bytes[at]);
    }
  }
  return bytes.subarray(at, OMEGA).some((one) => one !== 0) ? null : found;
}

function highBits(value, isHinted) {
  let low = value % (2 * GAMMA_2);
  if (low > GAMMA_2) low -= 2 * GAMMA_2;
  const isLast = value - low === Q - 1, high = isLast ? 0 : (value - low) / (2 * GAMMA_2);
  if (!isHinted) return high;
  return (high + (low - (isLast ? 1 : 0) > 0 ? 1 : 43)) % 44;
}

// Each coefficient of 6 bits, four of them in three bytes.
function packedHighs(highs) {
  const found = [];
  for (let at = 0; at < highs.length; at += 4) {
    const all = highs[at] + highs[at + 1] * 64 + highs[at + 2] * 4096 + highs[at + 3] * 262144;
    found.push(all & 255, (all >> 8) & 255, all >> 16);
  }
  return Uint8Array.from(found);
}

// Whether a signature with an empty context is that of a public key.
async function isSignedByMlDsa(key, message, signature) {
  if (key.length !== PUBLIC_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const rho = key.subarray(0, 32), seed = signature.subarray(0, 32);
  const answers = unpacked(signature.subarray(32, 32 + RANK * 576), 18).map((one) => GAMMA_1 - one);
  const hints = hintsOf(signature.subarray(32 + RANK * 576));
  if (!hints || answers.some((one) => Math.abs(one) >= GAMMA_1 - BETA)) return false;
  const vector = Array.from({ length: RANK }, (_none, at) => transformed(answers.slice(256 * at, 256 * at + 256)));
  const challenge = transformed(challengeOf(seed));
  const highs = hints.flatMap((hinted, row) => {
    const high = unpacked(key.subarray(32 + 320 * row, 352 + 320 * row), 10).map((one) => one * 2 ** DROPPED);
    const target = transformed(high), matrix = vector.map((_one, column) => entryOf(rho, row, column));
    const sums = challenge.map((one, at) => modulo(
      vector.reduce((sum, part, column) => (sum + matrix[column][at] * part[at]) % Q, 0) - one * target[at] % Q));
    return restored(sums).map((one, at) => highBits(one, hinted.has(at)));
  });
  const named = taken(shake(136, key), 64), mu = taken(shake(136, named, Uint8Array.of(0, 0), message), 64);
  return isSame(taken(shake(136, mu, packedHighs(highs)), 32), seed);
}
