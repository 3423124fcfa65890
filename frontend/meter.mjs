// Meters a WebAssembly module: its loops count, and when a count is used up, an import that the module has already is
// called, by which its host can stop it. So a query is stopped from within, as nothing stops WebAssembly from outside.
//
// At the head of each loop a new global, the last one, is decremented. At zero a new function, the last one, fills it
// up again and calls the import. As both are last, no index of the module changes. Memory gets a maximum, and what only
// debuggers read (custom sections) is left out.

const TYPES = 1, IMPORTS = 2, FUNCTIONS = 3, MEMORIES = 5, GLOBALS = 6, CODE = 10;
const I32 = 0x7f, EMPTY = 0x40;
const LOOP = 0x03, IF = 0x04, END = 0x0b, CALL = 0x10, DROP = 0x1a, GET = 0x23, SET = 0x24, CONST = 0x41, EQZ = 0x45, SUB = 0x6b;

export const unsigned = number => {
  const bytes = [];
  do {
    bytes.push((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
    number >>>= 7;
  } while (number);
  return bytes;
};

const signed = number => {
  const bytes = [];
  for (;;) {
    const byte = number & 0x7f;
    number >>= 7;
    const isLast = (number === 0 && !(byte & 0x40)) || (number === -1 && byte & 0x40);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
};

class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }

  byte() {
    return this.bytes[this.at++];
  }

  unsigned() {
    let number = 0, shift = 0, byte;
    do {
      byte = this.byte();
      number += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte & 0x80);
    return number;
  }

  // Skips a number of any sign and size.
  leb() {
    while (this.byte() & 0x80);
  }

  lebs(count) {
    while (count--) this.leb();
  }

  name() {
    const end = this.unsigned() + this.at;
    return new TextDecoder().decode(this.bytes.subarray(this.at, (this.at = end)));
  }
}

const unknown = code => new Error(`The instruction ${code} is not known: the module cannot be metered.`);
// The number of immediates of each instruction after 0xfc.
const FURTHER = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

// How the immediates of instructions are skipped, by opcode; an instruction without an entry has none.
const memory = reader => {
  const align = reader.unsigned();
  if (align & 0x40) reader.leb();
  reader.leb();
};
const leb = reader => reader.leb();
const two = reader => reader.lebs(2);
const list = reader => reader.lebs(reader.unsigned());
const IMMEDIATES = {
  0x02: leb, 0x03: leb, 0x04: leb, 0x0c: leb, 0x0d: leb, 0x10: leb, 0x11: two, 0x12: leb, 0x13: two,
  0x0e: reader => { list(reader); reader.leb(); },
  0x1c: list, 0x20: leb, 0x21: leb, 0x22: leb, 0x23: leb, 0x24: leb, 0x25: leb, 0x26: leb,
  0x3f: leb, 0x40: leb, 0x41: leb, 0x42: leb,
  0x43: reader => { reader.at += 4; }, 0x44: reader => { reader.at += 8; },
  0xd0: leb, 0xd2: leb,
  0xfc: reader => {
    const code = reader.unsigned();
    if (code >= FURTHER.length) throw unknown(`0xfc ${code}`);
    reader.lebs(FURTHER[code]);
  },
};
for (let code = 0x28; code <= 0x3e; code++) IMMEDIATES[code] = memory;
// Of what is not known here, the lengths are not either.
const KNOWN = code => code in IMMEDIATES || code <= 0x01 || code === 0x05 || (code >= 0x0b && code <= 0x1b && code !== 0x0e) ||
  (code >= 0x45 && code <= 0xc4) || code === 0xd1;

// The places after each head of a loop in the body of a function, whose locals end at *at*.
function loops(bytes, at, end) {
  const reader = new Reader(bytes, at), found = [];
  while (reader.at < end) {
    const code = reader.byte();
    if (!KNOWN(code)) throw unknown(`0x${code.toString(16)}`);
    IMMEDIATES[code]?.(reader);
    if (code === LOOP) found.push(reader.at);
  }
  if (reader.at !== end) throw new Error("A function does not end where it should: the module cannot be metered.");
  return found;
}

const vector = items => [unsigned(items.length), ...items];
const joined = parts => Buffer.concat(parts.map(part => Buffer.from(part)));
const sized = content => joined([unsigned(content.length), content]);

function sectionsOf(bytes) {
  const reader = new Reader(bytes, 8), found = new Map();
  while (reader.at < bytes.length) {
    const id = reader.byte(), size = reader.unsigned();
    if (id) found.set(id, bytes.subarray(reader.at, reader.at + size));
    reader.at += size;
  }
  return found;
}

// The number of imports that are functions, and which of them is called *name*.
function imported(section, name) {
  const reader = new Reader(section);
  let functions = 0, found = -1;
  for (let left = reader.unsigned(); left; left--) {
    reader.name();
    const own = reader.name(), kind = reader.byte();
    if (kind !== 0) throw new Error("The module imports more than functions.");
    reader.leb();
    if (name.test(own)) found = functions;
    functions++;
  }
  if (found < 0) throw new Error(`The module has no import ${name}.`);
  return { functions, found };
}

const appended = (section, item) => {
  const reader = new Reader(section), count = reader.unsigned();
  return [count, joined([unsigned(count + 1), section.subarray(reader.at), item])];
};

function metered(section, index, ticks) {
  const reader = new Reader(section), parts = [unsigned(reader.unsigned() + 1)];
  while (reader.at < section.length) {
    const size = reader.unsigned(), start = reader.at, end = start + size;
    for (let left = reader.unsigned(); left; left--) reader.lebs(2);
    const at = [start, ...loops(section, reader.at, end), end];
    const pieces = at.slice(1).flatMap((place, number) => [section.subarray(at[number], place), ticks]);
    parts.push(sized(joined(pieces.slice(0, -1))));
    reader.at = end;
  }
  return joined([...parts, sized(joined([[0], index, [END]]))]);
}

// The module, metered: each *every* loops the import *call* is called, which takes nothing and gives a number; memory
// grows to so many *megabytes*.
export function meter(bytes, { call, every, megabytes }) {
  const sections = sectionsOf(bytes), { functions, found } = imported(sections.get(IMPORTS), call);
  const [type, types] = appended(sections.get(TYPES), [0x60, 0, 0]);
  const [own, declared] = appended(sections.get(FUNCTIONS), unsigned(type));
  const fill = [CONST, ...signed(every)];
  const [last, globals] = appended(sections.get(GLOBALS), [I32, 1, ...fill, END]);
  const global = unsigned(last);
  const ticks = Buffer.from([GET, ...global, CONST, 1, SUB, SET, ...global, GET, ...global, EQZ, IF, EMPTY,
    CALL, ...unsigned(functions + own), END]);
  const body = [...fill, SET, ...global, CALL, ...unsigned(found), DROP];
  const smallest = new Reader(sections.get(MEMORIES).subarray(2)).unsigned();
  const changes = new Map([
    [TYPES, types], [FUNCTIONS, declared], [GLOBALS, globals],
    [MEMORIES, joined(vector([[1, ...unsigned(smallest), ...unsigned(megabytes * 16)]]))],
    [CODE, metered(sections.get(CODE), body, ticks)],
  ]);
  const all = [...sections].map(([id, section]) => joined([[id], sized(changes.get(id) ?? section)]));
  return joined([bytes.subarray(0, 8), ...all]);
}
