// dy (softmax(logits) - one-hot(target)), 0 where the target does not count.
// Invocations: one a logit, ceil(N / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override N: u32; // logits
override V: u32; // columns

@group(0) @binding(0) var<storage, read> logits: array<f32>; // (N / V, V)
@group(0) @binding(1) var<storage, read> targets: array<u32>; // (N / V)
@group(0) @binding(2) var<storage, read> normalizers: array<vec2f>; // (N / V) top, 1 / total
@group(0) @binding(3) var<storage, read> dy: array<f32>; // (N / V)
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>; // (N / V, V)

@compute @workgroup_size(wg)
fn cross_entropy_gradient(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= N) {
    return;
  }
  let n = i / V;
  let target_token = targets[n];
  if (target_token >= V) {
    dlogits[i] = 0.0;
    return;
  }
  let one_hot = select(0.0, 1.0, i % V == target_token);
  let share = exponential(logits[i] - normalizers[n].x) * normalizers[n].y;
  dlogits[i] = dy[n] * (share - one_hot);
}
