// What each layer is in Python, and its tensors as drawn.

import { grouped, short } from "./table.js";
import { count, linearBound, paddingSpan } from "./torch-random.js";

const uniform = (low, high) => ({
  low,
  high,
  std: (high - low) / Math.sqrt(12),
  spread: Math.sqrt(0.8), // two errors of the std, times √n / std
  range: `${short(low)} to ${short(high)}`,
  text: `U(${short(low)}, ${short(high)})`,
  chance: (from, to) => (to - from) / (high - low),
  draw: (generator, values) => generator.uniform(values, low, high),
});
const bell = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const normal = {
  low: -4,
  high: 4,
  std: 1,
  spread: Math.sqrt(2),
  text: "N(0, 1)",
  chance: (a, b) => ((b - a) * (bell(a) + 4 * bell((a + b) / 2) + bell(b))) / 6, // Simpson
  draw: (generator, values) => generator.normal(values),
};
const zero = { text: "zeros", draw: (generator, values) => values };
const LAWS = { rand: uniform(0, 1), randn: normal, zeros: zero };

/** Name, shape, law (none for torch.empty), and what is zeroed. */
export function tensors(v) {
  if (v.shape) return [{ name: "", shape: v.shape, law: LAWS[v.layer] }];
  if (v.layer === "embedding")
    return [{ name: "weight", shape: [v.num, v.dim], law: normal, zeros: paddingSpan(v.num, v.dim, v.padding) }];
  const law = uniform(-linearBound(v.in), linearBound(v.in));
  const weight = { name: "weight", shape: [v.out, v.in], law };
  return v.bias ? [weight, { name: "bias", shape: [v.out], law }] : [weight];
}

export const total = ({ layers }) => layers.flatMap(tensors).reduce((sum, { shape }) => sum + count(shape), 0);

export function call(v) {
  if (v.shape) return `nn.Parameter(torch.${v.layer}(${v.shape.join(", ") || "()"}))`;
  if (v.layer === "linear") return `nn.Linear(${v.in}, ${v.out}${v.bias ? "" : ", bias=False"})`;
  return `nn.Embedding(${v.num}, ${v.dim}${v.padding === null ? "" : `, padding_idx=${v.padding}`})`;
}

/** A program that prints what the lab shows. */
export function python({ seed, layers }) {
  const print = (v) => (v.shape ? `print(torch.${call(v)})` : `print(*torch.${call(v)}.parameters(), sep="\\n")`);
  return ["import torch", `torch.manual_seed(${seed})`, ...layers.map(print)].join("\n");
}

/** What changes when a size doubles. */
export function doubled(v) {
  const [{ shape, law }] = tensors(v);
  const n = count(shape);
  const wider = v.in ? `Twice the in_features: ${tensors({ ...v, in: 2 * v.in })[0].law.text}. ` : "";
  const same = law !== normal || n < 8 ? n : n < 16 ? 0 : n % 16 ? n - 16 : n; // see Generator.normal
  return `${wider}Twice the rows: still ${law.text}, beginning with ${grouped(same)} of these ${grouped(n)} numbers.`;
}
