// Queries rotated by their positions, and keys, rotated too, and values put into the cache at them.
// Tokens at CAPACITY or beyond are not there: nothing is kept of them.
// Invocations: one a pair (i, i + D/2), ceil(N / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override N: u32; // pairs: half the elements of qkv
override T: u32; // tokens a sequence
override CAPACITY: u32; // positions a sequence
override H: u32; // query heads
override KV: u32; // key and value heads
override D: u32; // head size
override ROTATE: bool;

@group(0) @binding(0) var<storage, read> qkv: array<f32>; // (B, T, H + 2KV, D)
@group(0) @binding(1) var<storage, read> positions: array<u32>; // (B, T)
@group(0) @binding(2) var<storage, read> table: array<vec2f>; // (CAPACITY, D/2) cosine and sine, if ROTATE
@group(0) @binding(3) var<storage, read_write> cache: array<f32>; // (B, CAPACITY, 2KV, D)
@group(0) @binding(4) var<storage, read_write> queries: array<f32>; // (B, T, H, D)

@compute @workgroup_size(wg)
fn cache_append(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let pair = id.y * workgroups.x * wg + id.x;
  if (pair >= N) {
    return;
  }
  let half = D / 2u;
  let i = pair % half;
  let heads = H + 2u * KV;
  let head = pair / half % heads;
  let token = pair / half / heads;
  let position = positions[token];
  if (position >= CAPACITY) {
    return;
  }
  let at = (token * heads + head) * D + i;
  var values = vec2f(qkv[at], qkv[at + half]);
  if (ROTATE && head < H + KV) {
    let turn = table[position * half + i];
    values = vec2f(
      values.x * turn.x - values.y * turn.y,
      values.y * turn.x + values.x * turn.y,
    );
  }
  if (head < H) {
    let to = (token * H + head) * D + i;
    queries[to] = values.x;
    queries[to + half] = values.y;
  } else {
    let to = ((token / T * CAPACITY + position) * 2u * KV + head - H) * D + i;
    cache[to] = values.x;
    cache[to + half] = values.y;
  }
}
