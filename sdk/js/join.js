/**
 * Puts the WebAssembly module together from the streams in which it travels. `xtask/src/build/streams.rs` takes it apart,
 * and describes the form; what the numbers below mean is said there.
 *
 * Part of the glue of the module. No task of it is long: after so many bytes the page has its turn.
 */
// @ts-check

const BEFORE = 0;
const BEHIND = 1;
const LOCALS = 5;
const CODE = 11;
const TABLE = 3;
const OFFSET = 5;
const ADDRESS = 6;
const PREFIXED = 7;
/** Bytes of one task. */
const SLICE = 16384;

/** @param {Uint8Array} packed */
const join = async (packed) => {
  /** Where each stream goes on. The header is read as if it were the first. */
  const places = new Int32Array(256);
  const lengths = new Int32Array(256);
  const instructions = new Uint8Array(256);
  const forms = new Uint8Array(256);
  const kinds = new Uint8Array(256);
  const nearKinds = new Uint8Array(256);
  const values = new Int32Array(256);
  let end = 0;
  /** Reads a number. @param {number} kind */
  const number = (kind) => {
    let value = 0;
    for (let shift = 0, byte = 128; byte > 127; shift += 7) {
      byte = /** @type {number} */ (packed[places[kind]++]);
      value |= (byte & 127) << shift;
    }
    return value;
  };
  const module = new Uint8Array(number(BEFORE));
  for (let left = number(BEFORE); left--; ) {
    const code = number(BEFORE);
    instructions[code] = number(BEFORE);
    forms[code] = number(BEFORE);
    kinds[code] = number(BEFORE);
    nearKinds[code] = number(BEFORE);
  }
  for (let left = number(BEFORE); left--; ) lengths[number(BEFORE)] = number(BEFORE);
  for (let kind = 0, place = places[BEFORE]; kind < 256; place += lengths[kind++]) places[kind] = place;

  /** Copies bytes. @param {number} kind @param {number} count */
  const bytes = (kind, count) => {
    while (count--) module[end++] = packed[places[kind]++];
  };
  /** Copies numbers. Gives the last of them, where it is below 128. @param {number} kind @param {number} count */
  const numbers = (kind, count) => {
    let byte = 0;
    while (count) {
      byte = module[end++] = /** @type {number} */ (packed[places[kind]++]);
      if (byte < 128) count--;
    }
    return byte;
  };
  /** Writes a number in four bytes. @param {number} value @param {number} place */
  const wide = (value, place) => {
    for (let left = 4; left--; value >>= 7) module[place++] = (value & 127) | (left && 128);
  };
  /** Makes room for such a number. */
  const room = () => (end += 4) - 4;
  /** Reads how much a number differs from the last one of its stream. @param {number} kind */
  const difference = (kind) => {
    const value = number(kind);
    wide((values[kind] += (value >>> 1) ^ -(value & 1)), room());
  };

  bytes(BEFORE, lengths[BEFORE]);
  module[end++] = 10;
  const section = room();
  let left = number(CODE);
  let pause = SLICE;
  for (wide(left, room()); left--; ) {
    // In a page that nobody sees timers are slow, and nothing waits.
    if (end > pause && !document.hidden) {
      pause = end + SLICE;
      await new Promise((resolve) => setTimeout(resolve));
    }
    const body = room();
    numbers(LOCALS, 2 * numbers(LOCALS, 1));
    for (let depth = 1; depth; ) {
      const code = /** @type {number} */ (packed[places[CODE]++]);
      const instruction = /** @type {number} */ (instructions[code]);
      const form = forms[code];
      module[end++] = instruction;
      if (instruction == 11) depth--;
      else if (form) {
        const next = packed[places[CODE]];
        const kind = /** @type {number} */ ((next && next < 16 ? nearKinds : kinds)[code]);
        if (form < TABLE) numbers(kind, form);
        else if (form == TABLE) numbers(kind, numbers(kind, 1) + 1);
        else if (form == OFFSET) {
          module[end++] = 0;
          difference(kind);
        } else if (form == ADDRESS) difference(kind);
        else if (form == PREFIXED) {
          const behind = numbers(kind, 1);
          numbers(kind, behind == 10 ? 2 : +(behind > 7));
        } else bytes(kind, form);
        if (instruction < 5) depth++;
      }
    }
    wide(end - body - 4, body);
  }
  wide(end - section - 4, section);
  bytes(BEHIND, lengths[BEHIND]);
  return module;
};
