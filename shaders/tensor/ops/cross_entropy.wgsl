// -log softmax(logits)[target] of each row, and what the softmax of it is made with. A workgroup takes
// a row: each invocation keeps the largest and the sum of exponentials relative to it of every wg-th
// logit, and all of them join all of these, in one order (Milakov, Gimelshein, arXiv 1805.02867).
// Workgroups: N, folded into two dimensions.

override wg: u32 = 256u;
override N: u32; // rows
override V: u32; // columns

@group(0) @binding(0) var<storage, read> logits: array<f32>; // (N, V)
@group(0) @binding(1) var<storage, read> targets: array<u32>; // (N)
@group(0) @binding(2) var<storage, read_write> losses: array<f32>; // (N)
@group(0) @binding(3) var<storage, read_write> normalizers: array<vec2f>; // (N) top, 1 / total

var<workgroup> partial: array<vec2f, wg>; // the largest, and the sum relative to it

@compute @workgroup_size(wg)
fn cross_entropy(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = workgroup.y * workgroups.x + workgroup.x;
  if (n >= N) {
    return;
  }
  var top = -1e30;
  var sum = 0.0;
  for (var v = lane; v < V; v += wg) {
    let logit = logits[n * V + v];
    if (logit > top) {
      sum *= exponential(top - logit);
      top = logit;
    }
    sum += exponential(logit - top);
  }
  partial[lane] = vec2f(top, sum);
  workgroupBarrier();
  if (lane > 0u) {
    return;
  }
  for (var i = 1u; i < wg; i++) {
    top = max(top, partial[i].x);
  }
  var total = 0.0;
  for (var i = 0u; i < wg; i++) {
    total += partial[i].y * exponential(partial[i].x - top);
  }
  normalizers[n] = vec2f(top, 1.0 / total);
  let target_token = targets[n];
  if (target_token < V) {
    losses[n] = log(total) + (top - logits[n * V + target_token]);
  } else {
    losses[n] = 0.0;
  }
}
