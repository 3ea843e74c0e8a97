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
/** By bits of a character, how many make text likely at least. */
const ENOUGH = { 8: 8, 16: 4, 32: 4 };
/** Shares of tensors of chance numbers that are called likely and possible text, at most. */
const [LEVEL, CHANCE] = [1e-4, 0.05];
const FREQUENT = { " ": 0.1, etaoinsrhl: 0.042, dcumfpgwybvk: 0.016, "\n\t_/.:,-=()\"'": 0.008 };
const CODES = [9, 10, ...Array.from({ length: 95 }, (_, i) => 32 + i)];
const FAR = 4;
const SCORES = scores();
const [SIGN, INFINITY] = [2 ** 31, 0x7f800000];
const NUMBER = /[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)/g;
const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/** By character, log2 of its share in text over that in random bytes. */
function scores() {
  const shares = new Map(Object.entries(FREQUENT).flatMap(([each, share]) => [...each].map((c) => [c, share])));
  const rest = (1 - [...shares.values()].reduce((a, b) => a + b)) / (CODES.length - shares.size);
  return new Map(CODES.map((code) => String.fromCharCode(code)).map((c) => [c, Math.log2(256 * (shares.get(c) ?? rest))]));
}

/** The numbers of a printed tensor, or the words of a text; none where they are not float32 as they stand. */
export function split(text) {
  if (/dtype=torch\.(?!float32)|[\d.]e[+-]?\d+ \*/.test(text)) return [];
  const old = /^([^[]*)\[torch\.(?:cuda\.)?(Float)?Tensor[^\]]*\]\s*$/.exec(text);
  if (old) return old[2] ? old[1].toLowerCase().match(NUMBER) ?? [] : [];
  const start = text.indexOf("[");
  if (start < 0) return text.split(/[\s,;]+/).filter(Boolean);
  return text.slice(start).match(/^.*\]/s)?.[0].toLowerCase().match(NUMBER) ?? [];
}

/** Readings, and text over several; null if one is no float32. */
export function decodeAll(numbers) {
  const readings = numbers.map(decode);
  if (!numbers.length || readings.includes(null)) return null;
  const guesses = Object.keys(ENOUGH).flatMap((width) => {
    const [run, worth] = bestText(readings, Number(width));
    const enough = worth >= Math.log2((3 * readings.length) / CHANCE);
    return run.length > 32 / width && enough ? textGuess(run, width, worth, readings.length) : [];
  });
  return { readings, guesses };
}

/** Of the runs of text the one with most evidence, and that in bits. */
function bestText(readings, width) {
  const [before, sizes] = [new Set(), new Set()];
  let [run, sum, best] = [{ text: "" }, 0, [{ text: "" }, -Infinity]];
  readings.forEach((reading, i) => {
    const text = reading.characters[width];
    if (!text) return void ([run, sum] = [{ text: "" }, 0]);
    const key = `${reading.low} ${reading.high}`;
    let worth = worthOf(text, width, readings[i - 1]?.low, reading.low, sizes);
    if (before.has(key) || (i > 1 && Math.abs(reading.low - 2 * readings[i - 1].low + readings[i - 2].low) < FAR)) worth = 0;
    before.add(key);
    run.text += text;
    sum = Math.max(sum, 0) + worth;
    if (sum > best[1]) best = [run, sum];
  });
  return [best[0].text, best[1]];
}

/** Evidence in bits for text, as in the snippet. */
function worthOf(text, width, previous, low, sizes) {
  const score = (c) => SCORES.get(c) ?? 0;
  const byte = (bits, n) => Math.floor(bits / 256 ** n) % 256;
  const far = (n) => previous === undefined || Math.abs(byte(low, n + 1) - byte(previous, n + 1)) >= FAR;
  if (width > 8) return score(text[0]) + (text[0] === "·" ? 0 : 8);
  let worth = (far(0) ? score(text[0]) : 0) + (far(1) ? score(text[1]) : 0);
  if (text[3] >= "`" && text[3] !== "·") {
    const size = text.charCodeAt(3) >> 3;
    worth += score(text[2]) + (sizes.has(size) ? 0 : score(text[3]));
  }
  sizes.add(text[3] === "·" ? 0 : text.charCodeAt(3) >> 3);
  return worth;
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
  return valueAt(sign + low, sign + high);
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

function valueAt(low, high) {
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
    guesses.push(textGuess(text, width, 0, 1));
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
  for (const code of CODES) {
    const [start, end] = [Math.max(low - code * rest, 0), Math.min(high - code * rest, rest - 1)];
    const below = start <= end ? charactersOf(start, end, size - width, width) : null;
    if (below !== null) fits.push(below + String.fromCharCode(code));
  }
  return fits.length ? [...fits[0]].map((c, i) => (fits.every((text) => text[i] === c) ? c : "·")).join("") : null;
}

function textGuess(text, width, worth, n) {
  const enough = text.replaceAll("·", "").length >= ENOUGH[width] && worth >= Math.log2((3 * n) / LEVEL);
  const quote = /^[^"]*'[^"]*$/.test(text) ? '"' : "'";
  const escaped = text.replace(quote === "'" ? /[\\']/g : /\\/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `${enough ? "likely" : "possibly"} ${width}-bit characters ${quote}${escaped}${quote}`;
}
