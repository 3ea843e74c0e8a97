// Box-Muller in the steps of torch's AVX2 code: ATen/native/cpu/avx_mathfun.h, after Cephes.

import { f, fma } from "./float32.js";

const LOG = [
  0.070376836, -0.1151461, 0.116769987, -0.12420141, 0.14249323,
  -0.16668058, 0.200007148, -0.24999994, 0.3333333,
].map(f);
const COS = [2.4433157e-5, -1.3887316e-3, 0.041666646].map(f);
const SIN = [-1.9515296e-4, 8.332161e-3, -0.16666655].map(f);
const QUARTER = [-0.78515625, -2.4187565e-4, -3.774895e-8].map(f); // −π/4
const [LN2_LOW, LN2_HIGH, PER_RADIAN, TURN] = [-2.1219444e-4, 0.6933594, 1.2732395, 2 * Math.PI].map(f);
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

function polynomial(coefficients, x) {
  let sum = coefficients[0];
  for (let k = 1; k < coefficients.length; k++) sum = fma(sum, x, coefficients[k]);
  return sum;
}

/** ln u for a float32 in (0, 1]. */
function log(u) {
  single[0] = u;
  let exponent = (bits[0] >>> 23) - 126;
  bits[0] = (bits[0] & 0x7fffff) | 0x3f000000; // u = float · 2^exponent
  let t = single[0];
  if (t < f(Math.SQRT1_2)) {
    exponent -= 1;
    t *= 2;
  }
  t -= 1;
  const z = f(t * t);
  const y = fma(f(t * polynomial(LOG, t)), z, f(exponent * LN2_LOW));
  return fma(exponent, LN2_HIGH, f(t + f(y - z / 2)));
}

/** Makes 16 uniform numbers normal, from index `at`. */
export function transform(values, at) {
  for (let j = at; j < at + 8; j++) {
    const radius = f(Math.sqrt(f(-2 * log(f(1 - values[j])))));
    const theta = f(TURN * values[j + 8]);
    const octant = (Math.trunc(f(theta * PER_RADIAN)) + 1) & ~1;
    const r = fma(octant, QUARTER[2], fma(octant, QUARTER[1], fma(octant, QUARTER[0], theta)));
    const z = f(r * r);
    let cos = f(fma(z, f(z * polynomial(COS, z)), -z / 2) + 1);
    let sin = fma(r, f(z * polynomial(SIN, z)), r);
    if (octant & 2) [sin, cos] = [cos, sin];
    if (octant & 4) sin = -sin;
    if (!((octant - 2) & 4)) cos = -cos;
    values[j] = f(radius * cos) + 0; // −0 + 0 = 0
    values[j + 8] = f(radius * sin) + 0;
  }
}
