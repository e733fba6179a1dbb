// The position of each token in its document.
// Invocations: one a token, ceil(N / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override N: u32; // tokens
override T: u32; // tokens a row

@group(0) @binding(0) var<storage, read> starts: array<u32>; // (N)
@group(0) @binding(1) var<storage, read_write> y: array<u32>; // (N)

@compute @workgroup_size(wg)
fn positions(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let n = id.y * workgroups.x * wg + id.x;
  if (n < N) {
    y[n] = n % T - starts[n];
  }
}
