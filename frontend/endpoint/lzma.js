// Unpacks LZMA, as packing.py writes it: in the format ALONE, with the length in its head. By gzip, which browsers unpack
// by themselves, the engine would be half as large again.

// How bits depend on others, in the first byte: 3 bits of the last byte, 2 bits of the place. No script, JSON or
// WebAssembly begins with it.
const USUAL = 0x5d;
const HEAD = 13, SHORTEST = 2;
// Where the models of each kind begin: of what comes next (by the state and the place), of lengths, of distances, of bytes.
const MATCH = 0, REPEATED = 192, OTHER = 204, ONE = 240, SLOT = 432, NEAR = 688, ALIGNED = 804, NEW = 820, AGAIN = 1334, BYTES = 1848;
const OF_BYTE = 0x300;

// A range coder: of each bit a model knows how likely it is 0, in 1/2048.
class Bits {
  #at = HEAD + 1;
  #range = 0xffffffff;
  #code = 0;
  #bytes;
  #models;

  constructor(bytes, models) {
    this.#bytes = bytes;
    this.#models = new Uint16Array(models).fill(1024);
    while (this.#at < HEAD + 5) this.#code = ((this.#code << 8) | bytes[this.#at++]) >>> 0;
  }

  #refill() {
    if (this.#range >= 0x1000000) return;
    if (this.#at >= this.#bytes.length) throw Error("it breaks off");
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#bytes[this.#at++]) >>> 0;
  }

  bit(model) {
    const models = this.#models, range = this.#range, code = this.#code, likely = models[model], bound = (range >>> 11) * likely;
    const bit = code < bound ? 0 : 1;
    this.#range = bit ? range - bound : bound;
    if (bit) this.#code = code - bound;
    models[model] += bit ? -(likely >> 5) : (2048 - likely) >> 5;
    this.#refill();
    return bit;
  }

  // A number of *count* bits, each with a model by those above it.
  #number(models, count) {
    let found = 1;
    while (found < 1 << count) found = (found << 1) | this.bit(models + found);
    return found - (1 << count);
  }

  // The same with the lowest bit first.
  #reversed(models, count) {
    let found = 0;
    for (let at = 0, path = 1; at < count; at++) {
      const bit = this.bit(models + path);
      path = (path << 1) | bit;
      found |= bit << at;
    }
    return found;
  }

  // A number without models.
  #plain(count) {
    let found = 0;
    while (count--) {
      const half = (this.#range >>>= 1), bit = this.#code < half ? 0 : 1;
      if (bit) this.#code -= half;
      this.#refill();
      found = (found << 1) | bit;
    }
    return found;
  }

  // A byte. One that follows what was copied, after which *like* stood, has models for as long as it is the same.
  byte(models, like) {
    let found = 1;
    for (let isSame = like !== null; isSame && found < 0x100; like <<= 1) {
      const expected = (like >> 7) & 1, bit = this.bit(models + ((1 + expected) << 8) + found);
      found = (found << 1) | bit;
      isSame = bit === expected;
    }
    while (found < 0x100) found = (found << 1) | this.bit(models + found);
    return found;
  }

  length(models, place) {
    if (!this.bit(models)) return this.#number(models + 2 + place * 8, 3);
    if (!this.bit(models + 1)) return 8 + this.#number(models + 130 + place * 8, 3);
    return 16 + this.#number(models + 258, 8);
  }

  distance(length) {
    const slot = this.#number(SLOT + Math.min(length, 3) * 64, 6), count = (slot >> 1) - 1;
    if (slot < 4) return slot;
    const high = (2 | (slot & 1)) * 2 ** count;
    if (slot < 14) return high + this.#reversed(NEAR + high - slot, count);
    return high + this.#plain(count - 4) * 16 + this.#reversed(ALIGNED, 4);
  }
}

// The bytes that were packed, or these as they are where they are not; an error where they have not come whole.
export function unpacked(bytes) {
  if (bytes[0] !== USUAL) return bytes;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(5, true), found = new Uint8Array(size);
  const bits = new Bits(bytes, BYTES + 8 * OF_BYTE), back = new Uint32Array(4);
  let at = 0, state = 0;
  while (at < size) {
    const place = at & 3, isCopied = bits.bit(MATCH + state * 16 + place);
    if (!isCopied) {
      const models = BYTES + OF_BYTE * (found[at - 1] >> 5);
      found[at] = bits.byte(models, state < 7 ? null : found[at - back[0] - 1]);
      at++;
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
      continue;
    }
    const isOld = bits.bit(REPEATED + state), isOther = isOld && bits.bit(OTHER + state);
    const isOne = isOld && !isOther && !bits.bit(ONE + state * 16 + place);
    let which = 0;
    if (isOther) do which++; while (which < 3 && bits.bit(OTHER + 12 * which + state));
    const length = isOne ? 1 : bits.length(isOld ? AGAIN : NEW, place) + SHORTEST;
    const distance = isOld ? back[which] : bits.distance(length - SHORTEST);
    back.copyWithin(1, 0, isOld ? which : 3);
    back[0] = distance;
    if (state < 7) state = isOne ? 9 : isOld ? 8 : 7;
    else state = isOld ? 11 : 10;
    for (const end = at + length; at < end; at++) found[at] = found[at - distance - 1];
  }
  return found;
}
