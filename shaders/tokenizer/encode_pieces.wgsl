// The tokens of each piece of a text: one probe for a piece that is a token, merges for the rest.
// Invocations: one a piece, ceil(P / wg) workgroups, folded into two dimensions.
// Only pieces of up to 12 bytes, whose parts all lie in the table; others get the count 0.

override wg: u32 = 64u;

@group(0) @binding(0) var<storage, read> text: array<u32>; // N bytes and four words of padding
@group(0) @binding(1) var<storage, read> ends: array<u32>; // (P) where each piece ends
@group(0) @binding(2) var<storage, read> table: array<vec4u>; // as TokenTable lays it
@group(0) @binding(3) var<storage, read> byte_tokens: array<u32>; // (256)
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>; // (N) at each piece's first byte
@group(0) @binding(5) var<storage, read_write> counts: array<u32>; // (P)

const LONGEST = 12u;
const NO_RANK = 0xffffffffu;

// The first of at most four bytes.
fn word(at: u32, n: u32) -> u32 {
  let i = at >> 2u;
  let shift = (at & 3u) * 8u;
  var bytes = text[i] >> shift;
  if (shift > 0u) {
    bytes |= text[i + 1u] << (32u - shift);
  }
  return select(bytes, bytes & ((1u << (8u * min(n, 3u))) - 1u), n < 4u);
}

fn mix(hash: u32, word: u32) -> u32 {
  let h = (hash ^ word) * 0x9e3779b1u;
  return h ^ (h >> 15u);
}

// The token of n bytes, 1 to 12, or NO_RANK.
fn find(at: u32, n: u32) -> u32 {
  let a = word(at, n);
  var b = 0u;
  var c = 0u;
  if (n > 4u) {
    b = word(at + 4u, n - 4u);
  }
  if (n > 8u) {
    c = word(at + 8u, n - 8u);
  }
  let mask = arrayLength(&table) - 1u;
  var slot = mix(mix(mix(n, a), b), c) & mask;
  loop {
    let entry = table[slot];
    if (entry.w == 0u) {
      return NO_RANK;
    }
    if (entry.x == a && entry.y == b && entry.z == c && (entry.w & 15u) == n) {
      return (entry.w >> 4u) - 1u;
    }
    slot = (slot + 1u) & mask;
  }
  return NO_RANK;
}

@compute @workgroup_size(wg)
fn encode_pieces(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let piece = id.y * workgroups.x * wg + id.x;
  if (piece >= arrayLength(&ends)) {
    return;
  }
  var start = 0u;
  if (piece > 0u) {
    start = ends[piece - 1u];
  }
  let end = ends[piece];
  var n = end - start;
  if (n > LONGEST) {
    counts[piece] = 0u;
    return;
  }
  let whole = find(start, n);
  if (whole != NO_RANK) {
    tokens[start] = whole;
    counts[piece] = 1u;
    return;
  }
  var parts: array<u32, 12>;
  var starts: array<u32, 13>;
  var ranks: array<u32, 12>;
  for (var i = 0u; i < n; i++) {
    parts[i] = byte_tokens[word(start + i, 1u)];
    starts[i] = start + i;
    ranks[i] = NO_RANK;
    if (i + 1u < n) {
      ranks[i] = find(start + i, 2u);
    }
  }
  starts[n] = end;
  while (n > 1u) {
    var best = NO_RANK;
    var left = 0u;
    for (var i = 0u; i + 1u < n; i++) {
      if (ranks[i] < best) {
        best = ranks[i];
        left = i;
      }
    }
    if (best == NO_RANK) {
      break;
    }
    // The rank of a merge is the id of what it makes.
    parts[left] = best;
    n -= 1u;
    for (var i = left + 1u; i < n; i++) {
      parts[i] = parts[i + 1u];
      starts[i] = starts[i + 1u];
      ranks[i] = ranks[i + 1u];
    }
    starts[n] = end;
    if (left > 0u) {
      ranks[left - 1u] = find(starts[left - 1u], starts[left + 1u] - starts[left - 1u]);
    }
    if (left + 1u < n) {
      ranks[left] = find(starts[left], starts[left + 2u] - starts[left]);
    }
  }
  for (var i = 0u; i < n; i++) {
    tokens[start + i] = parts[i];
  }
  counts[piece] = n;
}
