// The next token of each sequence. A workgroup takes a sequence: it finds the smallest logit that may
// be drawn, bit by bit of its order-preserving key, first for the top k, then for the top p, and draws
// one of those at or above it by the Gumbel-max trick. At temperature 0 it takes the largest logit.
// Of equal ones the first.
// Workgroups: B, folded into two dimensions. wg is at most 256.

override wg: u32 = 256u;
override N: u32; // sequences
override V: u32; // logits a sequence
override CAPACITY: u32; // positions a sequence
override RECENT: u32; // places of the ring

struct Sampling {
  temperature: f32,
  top_p: f32,
  top_k: u32,
  seed: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>; // (N, V)
@group(0) @binding(1) var<storage, read> sampling: Sampling;
@group(0) @binding(2) var<storage, read_write> positions: array<u32>; // (N) of the token before; moved on
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>; // (N) the token before; replaced
@group(0) @binding(4) var<storage, read_write> recent: array<u32>; // (N, RECENT) by position
@group(0) @binding(5) var<storage, read_write> chosen: array<u32>; // (N)

var<workgroup> values: array<f32, wg>;
var<workgroup> indices: array<u32, wg>;

/** Larger for larger numbers. */
fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

// PCG, output permutation RXS-M-XS (Jarzynski, Olano 2020).
fn hash(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

/** The sum of `values` in one order, for all invocations. */
fn sum_of_values(lane: u32, value: f32) -> f32 {
  values[lane] = value;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < wg; i++) {
      sum += values[i];
    }
    values[0] = sum;
  }
  workgroupBarrier();
  let sum = values[0];
  workgroupBarrier();
  return sum;
}

/** The place of the largest value, the first of equal ones, for all invocations. */
fn place_of_largest(lane: u32, value: f32, index: u32) -> u32 {
  values[lane] = value;
  indices[lane] = index;
  workgroupBarrier();
  if (lane == 0u) {
    var best = 0u;
    for (var i = 1u; i < wg; i++) {
      // An invocation that found nothing says V.
      let better = indices[best] == V || values[i] > values[best];
      let first = values[i] == values[best] && indices[i] < indices[best];
      best = select(best, i, indices[i] < V && (better || first));
    }
    indices[0] = indices[best];
  }
  workgroupBarrier();
  let place = indices[0];
  workgroupBarrier();
  return place;
}

@compute @workgroup_size(wg)
fn sample_tokens(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = workgroup.y * workgroups.x + workgroup.x;
  if (n >= N) {
    return;
  }
  var best = -3.40282346e38;
  var place = V;
  for (var v = lane; v < V; v += wg) {
    let logit = logits[n * V + v];
    if (logit > best || place == V) {
      best = logit;
      place = v;
    }
  }
  var token = place_of_largest(lane, best, place);
  if (sampling.temperature > 0.0) {
    let top = logits[n * V + token];
    let scale = 1.0 / sampling.temperature;
    var least = 0u;
    if (sampling.top_k > 0u && sampling.top_k < V) {
      for (var bit = 0u; bit < 32u; bit++) {
        let candidate = least | (0x80000000u >> bit);
        var count = 0.0; // exact below 2²⁴
        for (var v = lane; v < V; v += wg) {
          count += select(0.0, 1.0, key_of(logits[n * V + v]) >= candidate);
        }
        if (u32(sum_of_values(lane, count)) >= sampling.top_k) {
          least = candidate;
        }
      }
    }
    if (sampling.top_p < 1.0) {
      let floor_key = least;
      var total = 0.0;
      for (var v = lane; v < V; v += wg) {
        let logit = logits[n * V + v];
        total += select(0.0, exp((logit - top) * scale), key_of(logit) >= floor_key);
      }
      let enough = sampling.top_p * sum_of_values(lane, total);
      least = 0u;
      for (var bit = 0u; bit < 32u; bit++) {
        let candidate = least | (0x80000000u >> bit);
        let from_key = max(candidate, floor_key);
        var mass = 0.0;
        for (var v = lane; v < V; v += wg) {
          let logit = logits[n * V + v];
          mass += select(0.0, exp((logit - top) * scale), key_of(logit) >= from_key);
        }
        let all_mass = sum_of_values(lane, mass);
        if (all_mass >= enough && all_mass > 0.0) {
          least = candidate;
        }
      }
      least = max(least, floor_key);
    }
    let stream = hash(hash(hash(sampling.seed) ^ n) ^ positions[n]);
    best = -3.40282346e38;
    place = V;
    for (var v = lane; v < V; v += wg) {
      let logit = logits[n * V + v];
      if (key_of(logit) >= least) {
        let uniform_number = (f32(hash(stream ^ v) >> 8u) + 0.5) / 16777216.0;
        let value = (logit - top) * scale - log(-log(uniform_number));
        if (value > best || place == V) {
          best = value;
          place = v;
        }
      }
    }
    token = place_of_largest(lane, best, place);
  }
  if (lane == 0u) {
    chosen[n] = token;
    let position = positions[n];
    if (position < CAPACITY) {
      tokens[n] = token;
      recent[n * RECENT + position % RECENT] = token;
      positions[n] = position + 1u;
    }
  }
}
