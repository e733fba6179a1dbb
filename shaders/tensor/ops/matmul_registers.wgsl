// Matrix products in registers alone: an invocation keeps 16 rows and 8 columns of the result, or 16
// if WIDE. More than there are registers, yet loads are what costs time on processors that play a GPU,
// and this needs the fewest. Each block has its own name: llvmpipe is slower and takes three times as
// long to compile where they are an array. Vectors of 4 everywhere: K and N are multiples of 4, and so
// is M where `a` is transposed. Loads past an end touch nothing that is stored.
// Workgroups: BATCH · ceil(M / 16) · ceil(N / (8 wg)), or 16 wg if WIDE, folded into two dimensions.

override wg: u32 = 8u;
override WIDE: bool;
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

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // (BATCH, M, K), transposed (BATCH, K, M)
// Binding 1 is b, (BATCH, K, N), transposed (BATCH, N, K): b_at(i) is the i-th vec4f of it.
@group(0) @binding(2) var<storage, read> bias: array<vec4f>; // (N) if has_bias
@group(0) @binding(3) var<storage, read> residual: array<vec4f>; // (BATCH, M, N) if has_residual
@group(0) @binding(4) var<storage, read> dims: Dims; // not overrides: one pipeline for all sizes
@group(0) @binding(5) var<storage, read_write> c: array<vec4f>; // (BATCH, M, N)

/** Four rows of a, from 4 row, as columns: four elements from 4k of each. */
fn a_block(batch: u32, row: u32, k: u32) -> mat4x4f {
  if (TRANSPOSE_A) {
    let stride = dims.M / 4u;
    let at = (batch * dims.K + 4u * k) * stride + row;
    return transpose(mat4x4f(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]));
  }
  let stride = dims.K / 4u;
  let at = (batch * dims.M + 4u * row) * stride + k;
  return mat4x4f(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]);
}

/** Four rows of b, from 4k, as columns: four elements from 4 column of each. */
fn b_block(batch: u32, column: u32, k: u32) -> mat4x4f {
  if (TRANSPOSE_B) {
    let stride = dims.K / 4u;
    return transpose(b_rows((batch * dims.N + 4u * column) * stride + k, stride));
  }
  let stride = dims.N / 4u;
  return b_rows((batch * dims.K + 4u * k) * stride + column, stride);
}

/** Four vectors of b, `stride` apart. */
fn b_rows(at: u32, stride: u32) -> mat4x4f {
  return mat4x4f(b_at(at), b_at(at + stride), b_at(at + 2u * stride), b_at(at + 3u * stride));
}

/** Stores four rows of c, from 4 row: four elements from 4 column of each. */
fn store(batch: u32, row: u32, column: u32, values: mat4x4f) {
  if (column >= dims.N / 4u) {
    return;
  }
  for (var i = 0u; i < 4u; i++) {
    if (4u * row + i >= dims.M) {
      return;
    }
    let at = (batch * dims.M + 4u * row + i) * (dims.N / 4u) + column;
    var value = values[i];
    if (dims.has_bias == 1u) {
      value += bias[column];
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
fn matmul_registers(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  let width = select(2u, 4u, WIDE) * wg; // in vectors of 4
  let rows = (dims.M + 15u) / 16u;
  let columns = (dims.N / 4u + width - 1u) / width;
  let batch = index / (rows * columns);
  let row = index / columns % rows * 4u;
  let column = index % columns * width + lane;
  if (batch >= dims.batch) {
    return;
  }
  var c00 = mat4x4f();
  var c01 = mat4x4f();
  var c02 = mat4x4f();
  var c03 = mat4x4f();
  var c10 = mat4x4f();
  var c11 = mat4x4f();
  var c12 = mat4x4f();
  var c13 = mat4x4f();
  var c20 = mat4x4f();
  var c21 = mat4x4f();
  var c22 = mat4x4f();
  var c23 = mat4x4f();
  var c30 = mat4x4f();
  var c31 = mat4x4f();
  var c32 = mat4x4f();
  var c33 = mat4x4f();
  for (var k = 0u; k < dims.K / 4u; k++) {
    let a0 = a_block(batch, row, k);
    let a1 = a_block(batch, row + 1u, k);
    let a2 = a_block(batch, row + 2u, k);
    let a3 = a_block(batch, row + 3u, k);
    let b0 = b_block(batch, column, k);
    let b1 = b_block(batch, column + wg, k);
    c00 += b0 * a0;
    c10 += b0 * a1;
    c20 += b0 * a2;
    c30 += b0 * a3;
    c01 += b1 * a0;
    c11 += b1 * a1;
    c21 += b1 * a2;
    c31 += b1 * a3;
    if (WIDE) {
      let b2 = b_block(batch, column + 2u * wg, k);
      let b3 = b_block(batch, column + 3u * wg, k);
      c02 += b2 * a0;
      c12 += b2 * a1;
      c22 += b2 * a2;
      c32 += b2 * a3;
      c03 += b3 * a0;
      c13 += b3 * a1;
      c23 += b3 * a2;
      c33 += b3 * a3;
    }
  }
  store(batch, row, column, c00);
  store(batch, row + 1u, column, c10);
  store(batch, row + 2u, column, c20);
  store(batch, row + 3u, column, c30);
  store(batch, row, column + wg, c01);
  store(batch, row + 1u, column + wg, c11);
  store(batch, row + 2u, column + wg, c21);
  store(batch, row + 3u, column + wg, c31);
  if (WIDE) {
    store(batch, row, column + 2u * wg, c02);
    store(batch, row + 1u, column + 2u * wg, c12);
    store(batch, row + 2u, column + 2u * wg, c22);
    store(batch, row + 3u, column + 2u * wg, c32);
    store(batch, row, column + 3u * wg, c03);
    store(batch, row + 1u, column + 3u * wg, c13);
    store(batch, row + 2u, column + 3u * wg, c23);
    store(batch, row + 3u, column + 3u * wg, c33);
  }
}
