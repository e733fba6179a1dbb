// Which n-grams are among given ones: each hash is looked up in a hash table of keys.
// Invocations: one an n-gram, ceil(M / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;

@group(0) @binding(0) var<storage, read> hashes: array<vec2u>; // (M)
@group(0) @binding(1) var<storage, read> keys: array<vec2u>; // (C), NONE where a slot is free
@group(0) @binding(2) var<storage, read_write> found: array<u32>; // (M) 1 + slot, 0 for none

const NONE = 0xffffffffu;

@compute @workgroup_size(wg)
fn ngram_overlap(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= arrayLength(&hashes)) {
    return;
  }
  let hash = hashes[i];
  if (hash.y == NONE) {
    found[i] = 0u;
    return;
  }
  let mask = arrayLength(&keys) - 1u;
  var slot = hash.x & mask;
  loop {
    let key = keys[slot];
    if (all(key == hash)) {
      found[i] = slot + 1u;
      return;
    }
    if (key.y == NONE) {
      found[i] = 0u;
      return;
    }
    slot = (slot + 1u) & mask;
  }
}
