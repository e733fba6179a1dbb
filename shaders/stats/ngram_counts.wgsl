// How often each n-gram occurs: a hash table of first finders and counts, filled by all at once.
// An n-gram is its 64 bits of hash; the table has twice as many slots as n-grams or more.
// Invocations: one an n-gram, ceil(M / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override level: u32 = 0u; // only n-grams are counted whose hash begins with so many zero bits

@group(0) @binding(0) var<storage, read> hashes: array<vec2u>; // (M)
@group(0) @binding(1) var<storage, read_write> slots: array<atomic<u32>>; // (C, 2): 1 + place, count

const NONE = 0xffffffffu;

@compute @workgroup_size(wg)
fn ngram_counts(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= arrayLength(&hashes)) {
    return;
  }
  let hash = hashes[i];
  if (hash.y == NONE || countLeadingZeros(hash.y) < level) {
    return;
  }
  let mask = arrayLength(&slots) / 2u - 1u;
  var slot = hash.x & mask;
  loop {
    let claim = atomicCompareExchangeWeak(&slots[2u * slot], 0u, i + 1u);
    if (claim.exchanged) {
      break;
    }
    // A weak exchange may fail on a free slot: it is tried again.
    if (claim.old_value != 0u) {
      if (all(hashes[claim.old_value - 1u] == hash)) {
        break;
      }
      slot = (slot + 1u) & mask;
    }
  }
  atomicAdd(&slots[2u * slot + 1u], 1u);
}
