// Causal attention with an online softmax: nothing is kept but the output and two
// numbers a row, from which its weights come anew.
// An invocation takes R queries and goes over the keys of their documents up to the last of them, four
// at a time; all invocations of a workgroup read the same keys at a time.
// Source: Dao, FlashAttention-2, arXiv 2307.08691, section 3.1.
// attention_dims.ts adds qkv_block, which loads four vectors as columns, the same ones for all
// invocations.
// Workgroups: B · H · ceil(T / (R wg)), folded into two dimensions. R D4 is at most 32.

override wg: u32 = 64u;
override R: u32; // queries of an invocation, up to 4
override D4: u32; // head size / 4
override SCALE: f32;
override PACKED: bool; // keys begin where the query's document does

struct Dims {
  B: u32,
  T: u32,
  H: u32, // query heads
  KV: u32, // key and value heads
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>; // (B, T, H + 2KV, D4)
@group(0) @binding(1) var<storage, read> starts: array<u32>; // (B, T) if PACKED
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>; // (B, T, H, D4)
@group(0) @binding(3) var<storage, read_write> normalizers: array<vec2f>; // (B, T, H) top, 1 / total
@group(0) @binding(4) var<storage, read> dims: Dims; // not overrides: one pipeline for all

@compute @workgroup_size(wg)
fn attention(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let B = dims.B;
  let T = dims.T;
  let H = dims.H;
  let KV = dims.KV;
  let index = workgroup.y * workgroups.x + workgroup.x;
  let blocks = (T + R * wg - 1u) / (R * wg);
  let b = index / (blocks * H);
  let h = index / blocks % H;
  if (b >= B) {
    return;
  }
  let heads = H + 2u * KV;
  let kv = h / (H / KV);
  let first = index % blocks * R * wg;
  let end = min(first + R * wg, T);
  var first_key = 0u;
  if (PACKED) {
    first_key = starts[b * T + first];
  }

  var start: array<u32, 4>;
  var query: array<vec4f, 32>;
  var sum: array<vec4f, 32>;
  var top: array<f32, 4>;
  var total: array<f32, 4>;
  for (var r = 0u; r < R; r++) {
    let t = min(first + r * wg + lane, end - 1u);
    top[r] = -1e30;
    if (PACKED) {
      start[r] = starts[b * T + t];
    }
    for (var d = 0u; d < D4; d++) {
      query[r * D4 + d] = qkv[((b * T + t) * heads + h) * D4 + d] * SCALE;
    }
  }
  for (var j = first_key; j < end; j += 4u) {
    let places = min(j + vec4u(0u, 1u, 2u, 3u), vec4u(T - 1u));
    let keys = ((b * T + places) * heads + H + kv) * D4;
    // Spelled out, since Deno 2.9.6 zeroes a variable of a loop only once.
    var weights = array<vec4f, 4>();
    for (var d = 0u; d < D4; d++) {
      let k = qkv_block(keys + d, lane);
      for (var r = 0u; r < R; r++) {
        weights[r] += query[r * D4 + d] * k;
      }
    }
    for (var r = 0u; r < R; r++) {
      let t = first + r * wg + lane;
      let seen = (j + vec4u(0u, 1u, 2u, 3u) >= vec4u(start[r])) &
        (j + vec4u(0u, 1u, 2u, 3u) <= vec4u(t));
      let scores = select(vec4f(-1e30), weights[r], seen);
      let higher = max(max(scores.x, scores.y), max(scores.z, scores.w));
      // Seldom, since each time the sums are rounded; e⁸ is far from the end of f32.
      if (higher > top[r] + 8.0) {
        let keep = exponential(top[r] - higher);
        total[r] *= keep;
        for (var d = 0u; d < D4; d++) {
          sum[r * D4 + d] *= keep;
        }
        top[r] = higher;
      }
      weights[r] = select(vec4f(), exponential4(scores - top[r]), seen);
      total[r] += dot(weights[r], vec4f(1.0));
    }
    for (var d = 0u; d < D4; d++) {
      let v = qkv_block(keys + KV * D4 + d, lane);
      for (var r = 0u; r < R; r++) {
        sum[r * D4 + d] += v * weights[r];
      }
    }
  }
  for (var r = 0u; r < R; r++) {
    let t = first + r * wg + lane;
    if (t >= end) {
      return;
    }
    let row = (b * T + t) * H + h;
    for (var d = 0u; d < D4; d++) {
      y[row * D4 + d] = sum[r * D4 + d] / total[r];
    }
    normalizers[row] = vec2f(top[r], 1.0 / total[r]);
  }
}
