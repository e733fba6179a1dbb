// The gradient of attention with respect to its keys and values. An invocation takes R keys and their
// values and goes over the queries of their group of heads that see them, four at a time; all
// invocations of a workgroup read the same queries at a time.
// Source: Dao, FlashAttention-2, arXiv 2307.08691, section 3.2.
// attention_dims.ts adds qkv_block and dy_block, which load four vectors as columns, the same
// ones for all invocations.
// Workgroups: B · KV · ceil(T / (R wg)), folded into two dimensions. R D4 is at most 32.

override wg: u32 = 64u;
override R: u32; // keys of an invocation, up to 4
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
@group(0) @binding(2) var<storage, read> normalizers: array<vec2f>; // (B, T, H) top, 1 / total
@group(0) @binding(3) var<storage, read> dy: array<vec4f>; // (B, T, H, D4)
@group(0) @binding(4) var<storage, read> delta: array<f32>; // (B, T, H)
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4f>; // (…): keys and values
@group(0) @binding(6) var<storage, read> dims: Dims; // not overrides: one pipeline for all

@compute @workgroup_size(wg)
fn attention_key_gradient(
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
  let b = index / (blocks * KV);
  let kv = index / blocks % KV;
  if (b >= B) {
    return;
  }
  let heads = H + 2u * KV;
  let group = H / KV;
  let first = index % blocks * R * wg;
  let end = min(first + R * wg, T);

  var key: array<vec4f, 32>;
  var value: array<vec4f, 32>;
  var dkey: array<vec4f, 32>;
  var dvalue: array<vec4f, 32>;
  for (var r = 0u; r < R; r++) {
    let at = ((b * T + min(first + r * wg + lane, end - 1u)) * heads + H + kv) * D4;
    for (var d = 0u; d < D4; d++) {
      key[r * D4 + d] = qkv[at + d] * SCALE;
      value[r * D4 + d] = qkv[at + KV * D4 + d];
    }
  }
  for (var t = first; t < T; t += 4u) {
    let places = b * T + min(t + vec4u(0u, 1u, 2u, 3u), vec4u(T - 1u));
    var start = vec4u();
    if (PACKED) {
      start = vec4u(starts[places.x], starts[places.y], starts[places.z], starts[places.w]);
      // Starts never fall: from here on no query sees this workgroup's keys.
      if (start.x >= end) {
        break;
      }
    }
    for (var h = kv * group; h < (kv + 1u) * group; h++) {
      let queries = (places * heads + h) * D4;
      let rows = places * H + h;
      let normalizer = transpose(mat4x2f(
        normalizers[rows.x],
        normalizers[rows.y],
        normalizers[rows.z],
        normalizers[rows.w],
      ));
      let row_delta = vec4f(delta[rows.x], delta[rows.y], delta[rows.z], delta[rows.w]);
      // Spelled out, since Deno 2.9.6 zeroes a variable of a loop only once.
      var weights = array<vec4f, 4>();
      var dscores = array<vec4f, 4>();
      for (var d = 0u; d < D4; d++) {
        let q = qkv_block(queries + d, lane);
        let slopes = dy_block(rows * D4 + d, lane);
        for (var r = 0u; r < R; r++) {
          weights[r] += key[r * D4 + d] * q;
          dscores[r] += value[r * D4 + d] * slopes;
        }
      }
      for (var r = 0u; r < R; r++) {
        let j = vec4u(first + r * wg + lane);
        let asked = t + vec4u(0u, 1u, 2u, 3u);
        let seen = (j >= start) & (j <= asked) & (asked < vec4u(T));
        weights[r] = select(vec4f(), exponential4(weights[r] - normalizer[0]) * normalizer[1], seen);
        dscores[r] = weights[r] * (dscores[r] - row_delta);
      }
      for (var d = 0u; d < D4; d++) {
        let q = qkv_block(queries + d, lane);
        let slopes = dy_block(rows * D4 + d, lane);
        for (var r = 0u; r < R; r++) {
          dkey[r * D4 + d] += q * dscores[r];
          dvalue[r * D4 + d] += slopes * weights[r];
        }
      }
    }
  }
  for (var r = 0u; r < R; r++) {
    let j = first + r * wg + lane;
    if (j >= end) {
      return;
    }
    let at = ((b * T + j) * heads + H + kv) * D4;
    for (var d = 0u; d < D4; d++) {
      dqkv[at + d] = dkey[r * D4 + d] * SCALE;
      dqkv[at + KV * D4 + d] = dvalue[r * D4 + d];
    }
  }
}
