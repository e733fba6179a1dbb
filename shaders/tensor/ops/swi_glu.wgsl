// silu(gate) · up over rows of F gates and F values.
// Invocations: one an element of y, ceil(N / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override N: u32; // elements of y
override F: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>; // (N / F, 2F)
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // (N / F, F)

@compute @workgroup_size(wg)
fn swi_glu(
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
  y[i] = gate / (1.0 + exponential(min(-gate, 80.0))) * x[at + F];
}
