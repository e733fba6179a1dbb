// The gradient of swi_glu: of each gate and of each value.
// Invocations: one an element of dy, ceil(N / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override N: u32; // elements of dy
override F: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>; // (N / F, 2F)
@group(0) @binding(1) var<storage, read> dy: array<f32>; // (N / F, F)
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // (N / F, 2F)

@compute @workgroup_size(wg)
fn swi_glu_gradient(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= N) {
    return;
  }
  let at = i + i / F * F;
  let gate = x[at];
  // e⁸⁰ is still finite.
  let s = 1.0 / (1.0 + exponential(min(-gate, 80.0)));
  dx[at] = dy[i] * x[at + F] * s * (1.0 + gate * (1.0 - s));
  dx[at + F] = dy[i] * gate * s;
}
