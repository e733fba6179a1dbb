// 64 bits of hash for the n-gram that begins at each token, and NONE where a document ends too soon.
// Invocations: one a hash, ceil(M / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override n: u32 = 2u; // tokens of an n-gram

@group(0) @binding(0) var<storage, read> tokens: array<u32>; // (N)
@group(0) @binding(1) var<storage, read> documents: array<u32>; // (N) of each token
@group(0) @binding(2) var<storage, read_write> hashes: array<vec2u>; // (M), M <= N

const NONE = 0xffffffffu;

fn mix(value: u32) -> u32 {
  var x = value;
  x ^= x >> 16u;
  x *= 0x85ebca6bu;
  x ^= x >> 13u;
  x *= 0xc2b2ae35u;
  return x ^ (x >> 16u);
}

@compute @workgroup_size(wg)
fn ngram_hash(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= arrayLength(&hashes)) {
    return;
  }
  let last = i + n - 1u;
  if (last >= arrayLength(&tokens) || documents[i] != documents[last]) {
    hashes[i] = vec2u(NONE, NONE);
    return;
  }
  var low = 0x9e3779b9u;
  var high = 0x7f4a7c15u;
  for (var t = i; t <= last; t += 1u) {
    low = (low ^ tokens[t]) * 0x9e3779b1u;
    low ^= low >> 15u;
    high = (high + tokens[t]) * 0x85ebca77u;
    high ^= high >> 13u;
  }
  // The high word of a hash is never that of NONE.
  hashes[i] = vec2u(mix(low), min(mix(high), NONE - 1u));
}
