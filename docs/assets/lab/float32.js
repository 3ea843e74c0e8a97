// Float32 arithmetic.

export const f = Math.fround;
const wide = new Float64Array(1);
const words = new Uint32Array(wide.buffer); // the low word first

/** a·b + c, rounded once. */
export function fma(a, b, c) {
  const product = a * b; // exact
  const sum = product + c;
  wide[0] = sum;
  if ((words[0] & 0x1fffffff) !== 0x10000000) return f(sum);
  // Halfway: what the sum rounded away decides (TwoSum).
  const back = sum - product;
  const rest = product - (sum - back) + (c - back);
  if (rest) words[0] += rest > 0 === sum > 0 ? 1 : -1;
  return f(wide[0]);
}
