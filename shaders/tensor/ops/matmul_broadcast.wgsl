// Matrix products in registers alone, in subgroups of 8: an invocation loads what no other one does,
// and its rows of a reach the others by subgroupBroadcast. On processors that play a GPU loads are what
// costs time, and this needs a third of those of matmul_registers. A workgroup makes 64 rows and 64
// columns of the result. Vectors of 4 everywhere: K and N are multiples of 4, and so is M where `a` is
// transposed. Loads past an end touch nothing that is stored.
// Workgroups: BATCH · ceil(M / 64) · ceil(N / 64), folded into two dimensions.

override wg: u32 = 8u;
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

/** Four vectors of a, `stride` apart. */
fn a_block(at: u32, stride: u32) -> mat4x4f {
  return mat4x4f(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]);
}

/** Four vectors of b, `stride` apart. */
fn b_block(at: u32, stride: u32) -> mat4x4f {
  return mat4x4f(b_at(at), b_at(at + stride), b_at(at + 2u * stride), b_at(at + 3u * stride));
}

/** What the first four invocations have, for all, as columns. */
fn low(x: vec4f) -> mat4x4f {
  return mat4x4f(
    subgroupBroadcast(x, 0u),
    subgroupBroadcast(x, 1u),
    subgroupBroadcast(x, 2u),
    subgroupBroadcast(x, 3u),
  );
}

/** What the last four invocations have. */
fn high(x: vec4f) -> mat4x4f {
  return mat4x4f(
    subgroupBroadcast(x, 4u),
    subgroupBroadcast(x, 5u),
    subgroupBroadcast(x, 6u),
    subgroupBroadcast(x, 7u),
  );
}

/** What is stored, and where. */
struct Place {
  batch: u32,
  row: u32,
  column: u32,
  M: u32,
  N4: u32,
  has_bias: bool,
  has_residual: bool,
  accumulate: bool,
}

/** Stores the i-th block of four rows, four columns of each, `beside` so many vectors. */
fn store(to: Place, i: u32, beside: u32, values: mat4x4f) {
  let column = to.column + beside;
  if (column >= to.N4) {
    return;
  }
  let first = to.row + select(i * 4u, i / 8u * 32u + i / 2u % 4u + i % 2u * 16u, TRANSPOSE_A);
  for (var j = 0u; j < 4u; j++) {
    let row = first + select(j, 4u * j, TRANSPOSE_A);
    if (row >= to.M) {
      return;
    }
    let at = (to.batch * to.M + row) * to.N4 + column;
    var value = values[j];
    if (to.has_bias) {
      value += bias[column];
    }
    if (to.has_residual) {
      value += residual[at];
    }
    if (to.accumulate) {
      value += c[at];
    }
    c[at] = value;
  }
}

@compute @workgroup_size(wg)
fn matmul_broadcast(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Loaded here, since a load within the loop is one more for each turn.
  let M = dims.M;
  let N4 = dims.N / 4u;
  let K4 = dims.K / 4u;
  let index = workgroup.y * workgroups.x + workgroup.x;
  let rows = (M + 63u) / 64u;
  let columns = (N4 + 15u) / 16u;
  let batch = index / (rows * columns);
  let row = index / columns % rows * 64u;
  let column = index % columns * 16u + lane;
  let to = Place(
    batch,
    row,
    column,
    M,
    N4,
    dims.has_bias == 1u,
    dims.has_residual == 1u,
    dims.accumulate == 1u,
  );
  if (batch >= dims.batch) {
    return;
  }
  var c00 = mat4x4f();
  var c01 = mat4x4f();
  var c10 = mat4x4f();
  var c11 = mat4x4f();
  var c20 = mat4x4f();
  var c21 = mat4x4f();
  var c30 = mat4x4f();
  var c31 = mat4x4f();
  var c40 = mat4x4f();
  var c41 = mat4x4f();
  var c50 = mat4x4f();
  var c51 = mat4x4f();
  var c60 = mat4x4f();
  var c61 = mat4x4f();
  var c70 = mat4x4f();
  var c71 = mat4x4f();
  var c80 = mat4x4f();
  var c81 = mat4x4f();
  var c90 = mat4x4f();
  var c91 = mat4x4f();
  var ca0 = mat4x4f();
  var ca1 = mat4x4f();
  var cb0 = mat4x4f();
  var cb1 = mat4x4f();
  var cc0 = mat4x4f();
  var cc1 = mat4x4f();
  var cd0 = mat4x4f();
  var cd1 = mat4x4f();
  var ce0 = mat4x4f();
  var ce1 = mat4x4f();
  var cf0 = mat4x4f();
  var cf1 = mat4x4f();
  for (var k = 0u; k < K4; k++) {
    // Rows 8i + lane of the workgroup's, or 4 lane + i where `a` is transposed: four elements from 4k.
    var a0 = mat4x4f();
    var a1 = mat4x4f();
    if (TRANSPOSE_A) {
      let at = (batch * K4 + k) * M + row / 4u + lane;
      a0 = transpose(a_block(at, M / 4u));
      a1 = transpose(a_block(at + 8u, M / 4u));
    } else {
      let at = (batch * M + row + lane) * K4 + k;
      a0 = a_block(at, 8u * K4);
      a1 = a_block(at + 32u * K4, 8u * K4);
    }
    // Four elements from 4 column of the rows from 4k.
    var b0 = mat4x4f();
    var b1 = mat4x4f();
    if (TRANSPOSE_B) {
      let at = (batch * N4 + column) * 4u * K4 + k;
      b0 = transpose(b_block(at, K4));
      b1 = transpose(b_block(at + 32u * K4, K4));
    } else {
      let at = (batch * K4 + k) * 4u * N4 + column;
      b0 = b_block(at, N4);
      b1 = b_block(at + 8u, N4);
    }
    let r0 = low(a0[0]);
    c00 += b0 * r0;
    c01 += b1 * r0;
    let r1 = high(a0[0]);
    c10 += b0 * r1;
    c11 += b1 * r1;
    let r2 = low(a0[1]);
    c20 += b0 * r2;
    c21 += b1 * r2;
    let r3 = high(a0[1]);
    c30 += b0 * r3;
    c31 += b1 * r3;
    let r4 = low(a0[2]);
    c40 += b0 * r4;
    c41 += b1 * r4;
    let r5 = high(a0[2]);
    c50 += b0 * r5;
    c51 += b1 * r5;
    let r6 = low(a0[3]);
    c60 += b0 * r6;
    c61 += b1 * r6;
    let r7 = high(a0[3]);
    c70 += b0 * r7;
    c71 += b1 * r7;
    let r8 = low(a1[0]);
    c80 += b0 * r8;
    c81 += b1 * r8;
    let r9 = high(a1[0]);
    c90 += b0 * r9;
    c91 += b1 * r9;
    let ra = low(a1[1]);
    ca0 += b0 * ra;
    ca1 += b1 * ra;
    let rb = high(a1[1]);
    cb0 += b0 * rb;
    cb1 += b1 * rb;
    let rc = low(a1[2]);
    cc0 += b0 * rc;
    cc1 += b1 * rc;
    let rd = high(a1[2]);
    cd0 += b0 * rd;
    cd1 += b1 * rd;
    let re = low(a1[3]);
    ce0 += b0 * re;
    ce1 += b1 * re;
    let rf = high(a1[3]);
    cf0 += b0 * rf;
    cf1 += b1 * rf;
  }
  // One block of rows after the other moves to the front: to spell out all stores takes llvmpipe a
  // minute to compile, and so does an array.
  for (var i = 0u; i < 16u; i++) {
    store(to, i, 0u, c00);
    store(to, i, 8u, c01);
    c00 = c10;
    c01 = c11;
    c10 = c20;
    c11 = c21;
    c20 = c30;
    c21 = c31;
    c30 = c40;
    c31 = c41;
    c40 = c50;
    c41 = c51;
    c50 = c60;
    c51 = c61;
    c60 = c70;
    c61 = c71;
    c70 = c80;
    c71 = c81;
    c80 = c90;
    c81 = c91;
    c90 = ca0;
    c91 = ca1;
    ca0 = cb0;
    ca1 = cb1;
    cb0 = cc0;
    cb1 = cc1;
    cc0 = cd0;
    cc1 = cd1;
    cd0 = ce0;
    cd1 = ce1;
    ce0 = cf0;
    ce1 = cf1;
  }
}
