// Matrix products through workgroup memory: a workgroup of 128 makes 64 rows and 64 columns of the
// result from tiles 16 deep; an invocation keeps 8 rows and 4 columns. Takes any sizes: what lies
// past an end is read as 0.
// Workgroups: BATCH · ceil(M / 64) · ceil(N / 64), folded into two dimensions.

override wg: u32 = 128u;
override TRANSPOSE_A: bool;
override TRANSPOSE_B: bool;

struct Dims {
  batch: u32,
  M: u32,
  N: u32,
  K: u32,
  // 1 for yes
  has_bias: u32,
  has_residual: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>; // (BATCH, M, K), transposed (BATCH, K, M)
// Binding 1 is b, (BATCH, K, N), transposed (BATCH, N, K): b_at(i) is the i-th f32 of it.
@group(0) @binding(2) var<storage, read> bias: array<f32>; // (N) if has_bias
@group(0) @binding(3) var<storage, read> residual: array<f32>; // (BATCH, M, N) if has_residual
@group(0) @binding(4) var<storage, read> dims: Dims; // not overrides: one pipeline for all sizes
@group(0) @binding(5) var<storage, read_write> c: array<f32>; // (BATCH, M, N)

var<workgroup> a_tile: array<f32, 1024>; // (16, 64): k, row
var<workgroup> b_tile: array<vec4f, 256>; // (16, 16): k, four columns

fn a_element(batch: u32, row: u32, k: u32) -> f32 {
  if (row >= dims.M || k >= dims.K) {
    return 0.0;
  }
  if (TRANSPOSE_A) {
    return a[(batch * dims.K + k) * dims.M + row];
  }
  return a[(batch * dims.M + row) * dims.K + k];
}

fn b_element(batch: u32, k: u32, column: u32) -> f32 {
  if (column >= dims.N || k >= dims.K) {
    return 0.0;
  }
  if (TRANSPOSE_B) {
    return b_at((batch * dims.N + column) * dims.K + k);
  }
  return b_at((batch * dims.K + k) * dims.N + column);
}

fn store(batch: u32, row: u32, column: u32, values: vec4f) {
  if (row >= dims.M) {
    return;
  }
  for (var i = 0u; i < 4u; i++) {
    if (column + i >= dims.N) {
      return;
    }
    let at = (batch * dims.M + row) * dims.N + column + i;
    var value = values[i];
    if (dims.has_bias == 1u) {
      value += bias[column + i];
    }
    if (dims.has_residual == 1u) {
      value += residual[at];
    }
    if (dims.accumulate == 1u) {
      value += c[at];
    }
    c[at] = value;
  }
}

@compute @workgroup_size(wg)
fn matmul_tiles(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  let rows = (dims.M + 63u) / 64u;
  let columns = (dims.N + 63u) / 64u;
  let batch = index / (rows * columns);
  let row = index / columns % rows * 64u;
  let column = index % columns * 64u;
  if (batch >= dims.batch) {
    return;
  }
  // Neighbouring invocations read neighbouring elements, whichever way a matrix lies in memory.
  let own_row = lane / 16u * 8u;
  let own_column = lane % 16u;
  var low = mat4x4f();
  var high = mat4x4f();
  for (var k = 0u; k < dims.K; k += 16u) {
    for (var i = lane; i < 1024u; i += 128u) {
      if (TRANSPOSE_A) {
        a_tile[i] = a_element(batch, row + i % 64u, k + i / 64u);
      } else {
        a_tile[i % 16u * 64u + i / 16u] = a_element(batch, row + i / 16u, k + i % 16u);
      }
    }
    for (var i = lane; i < 256u; i += 128u) {
      let at = column + i % 16u * 4u;
      b_tile[i] = vec4f(
        b_element(batch, k + i / 16u, at),
        b_element(batch, k + i / 16u, at + 1u),
        b_element(batch, k + i / 16u, at + 2u),
        b_element(batch, k + i / 16u, at + 3u),
      );
    }
    workgroupBarrier();
    for (var i = 0u; i < 16u; i++) {
      let b4 = b_tile[i * 16u + own_column];
      let at = i * 64u + own_row;
      low[0] += a_tile[at] * b4;
      low[1] += a_tile[at + 1u] * b4;
      low[2] += a_tile[at + 2u] * b4;
      low[3] += a_tile[at + 3u] * b4;
      high[0] += a_tile[at + 4u] * b4;
      high[1] += a_tile[at + 5u] * b4;
      high[2] += a_tile[at + 6u] * b4;
      high[3] += a_tile[at + 7u] * b4;
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    store(batch, row + own_row + i, column + own_column * 4u, low[i]);
    store(batch, row + own_row + 4u + i, column + own_column * 4u, high[i]);
  }
}
