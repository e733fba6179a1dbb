/**
 * eˣ for kernels, where the rounding of WGSL's own exp would add up.
 *
 * @module
 */

/**
 * The code of a kernel that calls `exponential` (f32) or `exponential4` (vec4f), with these. Within
 * 3 · 2⁻²⁴ of eˣ and not to one side, for x up to 88; NaN stays NaN, and below -87.3 it is 0. Of exp
 * WGSL only asks for 3 + 2|x| units in the last place: that of llvmpipe is too large by 10⁻⁷ on
 * average, which steps of training add up.
 *
 * Source: Moshier: Cephes, expf; reduction by Cody and Waite, a polynomial of degree 7.
 */
export function withExponential(kernel: string): string {
  return kernel + EXPONENTIAL;
}

/**
 * The functions alone, for formulas. ln 2 is in two parts, of which n times the first is exact.
 */
export const EXPONENTIAL = `
fn exponential4(x: vec4f) -> vec4f {
  let n = clamp(round(x * 1.44269504), vec4f(-126.0), vec4f(127.0));
  let r = (x - n * 0.693359375) + n * 2.12194440e-4;
  var sum = 1.9875691500e-4 * r + 1.3981999507e-3;
  sum = sum * r + 8.3334519073e-3;
  sum = sum * r + 4.1665795894e-2;
  sum = sum * r + 1.6666665459e-1;
  sum = sum * r + 5.0000001201e-1;
  let value = sum * r * r + r + 1.0;
  let power = bitcast<vec4f>((vec4i(n) + 127) << vec4u(23u));
  return select(value * power, vec4f(), x < vec4f(-87.3));
}

fn exponential(x: f32) -> f32 {
  return exponential4(vec4f(x)).x;
}
`;
