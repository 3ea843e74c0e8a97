// The numbers of torch 2.13 on a Linux x86-64 CPU, bit for bit, row-major.

import { f, fma } from "./float32.js";
import { transform } from "./normal.js";
import { Twister } from "./twister.js";

/** `int(seed)` as a BigInt. */
export function readSeed(seed) {
  if (typeof seed === "string" && /^\s*[+-]?\d+(_\d+)*\s*$/.test(seed)) seed = BigInt(seed.replaceAll("_", ""));
  if (typeof seed === "boolean" || Number.isFinite(seed)) seed = BigInt(Math.trunc(seed));
  if (typeof seed !== "bigint") throw new TypeError(`invalid literal for int() with base 10: '${seed}'`);
  if (seed < -(2n ** 63n) || seed >= 2n ** 64n) throw new RangeError("Overflow when unpacking long long");
  return seed;
}

export function count(shape) {
  const right = shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!right) throw new RangeError(`no tensor has the shape ${shape}`);
  return shape.reduce((a, b) => a * b, 1);
}

/** Where nn.Linear's range ends. */
export const linearBound = (inFeatures) => inFeatures && f(1 / Math.sqrt(inFeatures));

/** Where the padding row starts and ends. */
export function paddingSpan(rows, columns, index) {
  if (index === null) return [0, 0];
  const row = index < 0 ? index + rows : index;
  if (!(row >= 0 && row < rows)) throw new RangeError("Padding_idx must be within num_embeddings");
  return [row * columns, (row + 1) * columns];
}

/** Several layers in turn continue one stream. */
export class Generator {
  constructor(seed = 67280421310721n) {
    this.manualSeed(seed);
  }

  /** Only the low 32 bits count. */
  manualSeed(seed) {
    this.engine = new Twister(Number(BigInt.asUintN(32, readSeed(seed))));
    this.kept = null;
    return this;
  }

  uniform(values, low, high) {
    const [start, end] = [f(low) + 0, f(high)]; // no −0
    const width = f(end - start);
    values.forEach((_, i) => {
      const value = fma(this.engine.uniform(), width, start);
      values[i] = value === end ? start : value;
    });
    return values;
  }

  normal(values) {
    const n = values.length;
    if (n < 16) return values.map(() => this.single());
    this.uniform(values, 0, 1);
    for (let i = 0; i + 16 <= n; i += 16) transform(values, i);
    if (n % 16) transform(this.uniform(values.subarray(-16), 0, 1), 0); // the last 16 are drawn anew
    return values;
  }

  /** Box-Muller makes two numbers: one is kept for the next call. */
  single() {
    const { kept, engine } = this;
    this.kept = null;
    if (kept !== null) return kept;
    const turn = 2 * Math.PI * engine.uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-engine.uniform53()));
    this.kept = radius * Math.sin(turn);
    return radius * Math.cos(turn);
  }

  rand({ shape }) {
    return this.uniform(new Float32Array(count(shape)), 0, 1);
  }

  randn({ shape }) {
    return this.normal(new Float32Array(count(shape)));
  }

  /** weight: (out, in) */
  linear({ inFeatures, outFeatures, bias = true }) {
    const end = linearBound(inFeatures);
    const draw = (...shape) => this.uniform(new Float32Array(count(shape)), -end, end);
    return { weight: draw(outFeatures, inFeatures), bias: bias ? draw(outFeatures) : null };
  }

  /** weight: (numEmbeddings, embeddingDim) */
  embedding({ numEmbeddings, embeddingDim, paddingIdx = null }) {
    const span = paddingSpan(numEmbeddings, embeddingDim, paddingIdx);
    return { weight: this.randn({ shape: [numEmbeddings, embeddingDim] }).fill(0, ...span) };
  }
}

const fresh = (seed) => new Generator(readSeed(seed));
export const rand = ({ seed, shape }) => fresh(seed).rand({ shape });
export const randn = ({ seed, shape }) => fresh(seed).randn({ shape });
export const linear = ({ seed, ...sizes }) => fresh(seed).linear(sizes);
export const embedding = ({ seed, ...sizes }) => fresh(seed).embedding(sizes);
