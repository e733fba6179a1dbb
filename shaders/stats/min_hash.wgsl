// MinHash signatures of documents by one permutation: a shingle's hash names a bin by its first bits,
// and a bin keeps the least of the rest. One atomic minimum a shingle.
// Invocations: one a shingle, ceil(M / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override bin_bits: u32 = 6u;

@group(0) @binding(0) var<storage, read> hashes: array<vec2u>; // (M)
@group(0) @binding(1) var<storage, read> documents: array<u32>; // (N) of each token, below K
@group(0) @binding(2) var<storage, read_write> signatures: array<atomic<u32>>; // (K, 2^bin_bits)

const NONE = 0xffffffffu;

@compute @workgroup_size(wg)
fn min_hash(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= arrayLength(&hashes)) {
    return;
  }
  let hash = hashes[i];
  if (hash.y == NONE) {
    return;
  }
  let bin = (documents[i] << bin_bits) + (hash.y >> (32u - bin_bits));
  atomicMin(&signatures[bin], min(hash.x, NONE - 1u));
}
