// What the bits of a printed float32 can mean, as in snippets/bits.py.

import { digits } from "./print.js";

/** Upper halves of addresses: first, last, how sure, where. */
const ADDRESSES = [
  [0x7eff, 0x7fff, "likely", "Linux: a library, mapped memory or the stack"],
  [0x5555, 0x5656, "likely", "Linux: the program or its heap"],
  [0x6fff, 0x7efe, "possibly", "Linux with vm.mmap_rnd_bits=32: mapped memory"],
  [0x5657, 0x6556, "possibly", "Linux with vm.mmap_rnd_bits=32: the program; macOS: the heap"],
  [1, 1, "possibly", "macOS: the program or a library"],
];
/** By bits of a character, how many make text likely. */
const ENOUGH = { 8: 8, 16: 4, 32: 4 };
const [SIGN, INFINITY] = [2 ** 31, 0x7f800000];
const NUMBER = /[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)/g;
const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/** The numbers of a printed tensor, or the words of a text. */
export function split(text) {
  const start = text.indexOf("[");
  if (start < 0) return text.split(/[\s,;]+/).filter(Boolean);
  return text.slice(start, text.lastIndexOf("]")).toLowerCase().match(NUMBER) ?? [];
}

/** Readings, and text over several; null if one is no float32. */
export function decodeAll(numbers) {
  const readings = numbers.map(decode);
  if (!numbers.length || readings.includes(null)) return null;
  const guesses = Object.keys(ENOUGH).flatMap((width) => {
    const runs = readings.map(({ characters }) => characters[width] ?? "\n").join("").split("\n");
    const run = runs.reduce((a, b) => (b.length > a.length ? b : a));
    return run.length > 32 / width ? textGuess(run, width) : [];
  });
  return { readings, guesses };
}

/** The patterns that print so, and what they can be; null for none. */
export function decode(text) {
  const number = text.trim().toLowerCase();
  if (number.match(NUMBER)?.[0] !== number) return null;
  const body = number.replace(/^[+-]/, "");
  let [low, high] = body === "nan" ? [INFINITY + 1, SIGN - 1] : [INFINITY, INFINITY];
  if (/\d/.test(body)) {
    const compare = printsAs(body);
    low = first((bits) => compare(bits) >= 0);
    high = first((bits) => compare(bits) > 0) - 1;
    if (high < low) return null;
  }
  const sign = number[0] === "-" ? SIGN : 0;
  return read(sign + low, sign + high);
}

function first(test) {
  let [low, high] = [0, INFINITY];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** 0 for a pattern that prints so, else its side. */
function printsAs(text) {
  const [, whole, fraction, power] = /(\d*)\.?(\d*)e?(.*)/.exec(text);
  const known = (whole + fraction).replace(/^0+/, "");
  const [method, places, unit] = power
    ? ["toExponential", Math.max(known.length, 1) - 1, known && 10 ** (power - fraction.length)]
    : ["toFixed", fraction.length, fraction && 10 ** -fraction.length];
  const finer = power && /^10*$/.test(known) ? 10 : 1; // below 1.0e5 comes 9.99e4
  const wanted = Number(text) || (known && NaN);
  return (bits) => {
    pattern[0] = bits;
    const difference = float[0] - wanted;
    const steps = unit ? Math.abs(difference / unit) * (difference < 0 ? finer : 1) : 1;
    if (steps < 0.499) return 0;
    return Math.sign(steps < 0.501 ? digits(float[0], Math.min(places, 60), method) - wanted : difference);
  };
}

function read(low, high) {
  const kind = [...new Set([low, high].map(kindOf))].join(" to ");
  const integer = low === high ? low | 0 : null;
  const [, , sure, where] = ADDRESSES.find(([start, end]) => start <= low && high <= end) ?? [];
  const guesses = where ? [`${sure} the upper half of an address (${where})`] : [];
  if (integer > 0 && integer < 0x5555) guesses.push("possibly a size, a count or another small integer");
  const characters = {};
  for (const width in ENOUGH) {
    const text = charactersOf(low, high, 32, width);
    if (!/[^·]/.test(text ?? "")) continue;
    characters[width] = text;
    guesses.push(textGuess(text, width));
  }
  return { low, high, kind, integer, characters, guesses };
}

function kindOf(bits) {
  const magnitude = bits % SIGN;
  if (magnitude >= INFINITY) return magnitude > INFINITY ? "NaN" : "infinite";
  return magnitude ? (magnitude < 2 ** 23 ? "subnormal" : "normal") : "zero";
}

/** The text in `size` bits from `low` to `high`, "·" where several characters fit; null for none. */
function charactersOf(low, high, size, width) {
  if (low === 0 && high === 2 ** size - 1) return "·".repeat(size / width);
  const rest = 2 ** (size - width);
  const fits = [];
  for (let code = 32; code < 127; code++) {
    const [start, end] = [Math.max(low - code * rest, 0), Math.min(high - code * rest, rest - 1)];
    const below = start <= end ? charactersOf(start, end, size - width, width) : null;
    if (below !== null) fits.push(below + String.fromCharCode(code));
  }
  return fits.length ? [...fits[0]].map((c, i) => (fits.every((text) => text[i] === c) ? c : "·")).join("") : null;
}

function textGuess(text, width) {
  const sure = text.replaceAll("·", "").length >= ENOUGH[width] ? "likely" : "possibly";
  const quote = /^[^"]*'[^"]*$/.test(text) ? '"' : "'";
  return `${sure} ${width}-bit characters ${quote}${text.replace(quote === "'" ? /[\\']/g : /\\/g, "\\$&")}${quote}`;
}
