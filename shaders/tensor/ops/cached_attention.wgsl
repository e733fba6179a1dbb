// Attention of queries over the keys and values of a cache, up to each query's position. A workgroup
// takes a query: each invocation goes over every wg-th key with an online softmax, and what they found
// is joined in one order.
// Workgroups: N · H, folded into two dimensions. wg is at most 31, D4 at most 32: one more would take
// more workgroup memory than every device has.

override wg: u32 = 31u;
override N: u32; // queries times heads
override T: u32; // tokens a sequence
override CAPACITY: u32; // positions a sequence
override H: u32; // query heads
override KV: u32; // key and value heads
override D4: u32; // head size / 4
override SCALE: f32;

@group(0) @binding(0) var<storage, read> queries: array<vec4f>; // (B, T, H, D4)
@group(0) @binding(1) var<storage, read> positions: array<u32>; // (B, T)
@group(0) @binding(2) var<storage, read> cache: array<vec4f>; // (B, CAPACITY, 2KV, D4)
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // (B, T, H, D4)

var<workgroup> tops: array<f32, wg>;
var<workgroup> totals: array<f32, wg>;
var<workgroup> sums: array<vec4f, 992>; // (wg, D4)

@compute @workgroup_size(wg)
fn cached_attention(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  if (index >= N) {
    return;
  }
  let token = index / H;
  let kv = index % H / (H / KV);
  let keys = token / T * CAPACITY * 2u * KV + kv;
  var count = positions[token] + 1u;
  if (count > CAPACITY) {
    count = 0u; // the token is not there
  }

  var query: array<vec4f, 32>;
  var sum: array<vec4f, 32>;
  for (var d = 0u; d < D4; d++) {
    query[d] = queries[index * D4 + d] * SCALE;
    sum[d] = vec4f();
  }
  var top = -1e30;
  var total = 0.0;
  for (var j = lane; j < count; j += wg) {
    let key = (keys + j * 2u * KV) * D4;
    var score = 0.0;
    for (var d = 0u; d < D4; d++) {
      score += dot(query[d], cache[key + d]);
    }
    if (score > top) {
      let keep = exp(top - score);
      total *= keep;
      for (var d = 0u; d < D4; d++) {
        sum[d] *= keep;
      }
      top = score;
    }
    let weight = exp(score - top);
    total += weight;
    for (var d = 0u; d < D4; d++) {
      sum[d] += weight * cache[key + KV * D4 + d];
    }
  }
  tops[lane] = top;
  totals[lane] = total;
  for (var d = 0u; d < D4; d++) {
    sums[lane * D4 + d] = sum[d];
  }
  workgroupBarrier();
  top = tops[0];
  for (var i = 1u; i < wg; i++) {
    top = max(top, tops[i]);
  }
  total = 0.0;
  for (var i = 0u; i < wg; i++) {
    total += totals[i] * exp(tops[i] - top);
  }
  for (var d = lane; d < D4; d += wg) {
    var joined = vec4f();
    for (var i = 0u; i < wg; i++) {
      joined += sums[i * D4 + d] * exp(tops[i] - top);
    }
    y[index * D4 + d] = joined / max(total, 1e-30);
  }
}
