// Draws a script and measures it.

import { tensors } from "./layers.js";
import { formatTensor } from "./print.js";
import { count, Generator } from "./torch-random.js";

export function run({ seed, layers }) {
  const generator = new Generator(seed);
  return layers.map((layer) =>
    tensors(layer).map(({ shape, law, zeros: [from, to] = [0, 0] }) => {
      if (!law) return {};
      const values = law.draw(generator, new Float32Array(count(shape))).fill(0, from, to);
      const text = formatTensor(values, shape, { prefix: "Parameter containing:\n", requiresGrad: true });
      return { text, ...measure(to ? values.filter((_, i) => i < from || i >= to) : values, law) };
    }),
  );
}

function measure(values, { low, high }) {
  const n = values.length;
  const bars = n < 100 ? 10 : n < 1000 ? 20 : 40;
  const counts = Array(bars).fill(0);
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  values.forEach((v) => {
    sum += v;
    squares += v * v;
    if (v < min) min = v;
    if (v > max) max = v;
    const bar = Math.floor(((v - low) / (high - low)) * bars);
    if (bar >= 0 && bar < bars) counts[bar] += 1;
  });
  const mean = sum / n;
  const std = Math.sqrt((squares - sum * mean) / (n - 1));
  return { n, min, max, mean, std, counts, values: n < 30 && [...values] };
}
