// Matrix products of up to four rows, as when single tokens go through a model: eight invocations
// share a column, so that neighbours load neighbouring weights, and add up what each has found.
// b is transposed, and K a multiple of 4. Workgroups: ceil(N / 8) of 64, folded into two dimensions.

override wg: u32 = 64u;

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

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // (M, K)
// Binding 1 is b, (N, K): b_at(i) is the i-th vec4f of it.
@group(0) @binding(2) var<storage, read> bias: array<f32>; // (N) if has_bias
@group(0) @binding(3) var<storage, read> residual: array<f32>; // (M, N) if has_residual
@group(0) @binding(4) var<storage, read> dims: Dims;
@group(0) @binding(5) var<storage, read_write> c: array<f32>; // (M, N)

var<workgroup> partial: array<vec4f, wg>; // of four rows

@compute @workgroup_size(wg)
fn matmul_lanes(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = wg / 8u;
  let first = (workgroup.y * workgroups.x + workgroup.x) * columns;
  // Columns past the end are the last one again; nothing of them is stored.
  let column = min(first + lane / 8u, dims.N - 1u);
  let k4 = dims.K / 4u;
  let last = dims.M - 1u;
  let row1 = min(1u, last) * k4;
  let row2 = min(2u, last) * k4;
  let row3 = min(3u, last) * k4;
  var sums = vec4f();
  for (var k = lane % 8u; k < k4; k += 8u) {
    let weights = b_at(column * k4 + k);
    sums.x += dot(weights, a[k]);
    if (last > 0u) {
      sums.y += dot(weights, a[row1 + k]);
      sums.z += dot(weights, a[row2 + k]);
      sums.w += dot(weights, a[row3 + k]);
    }
  }
  partial[lane] = sums;
  workgroupBarrier();
  // From here on an invocation has one row of one column.
  let row = lane / columns;
  let mine = first + lane % columns;
  if (row >= dims.M || mine >= dims.N) {
    return;
  }
  var value = 0.0;
  for (var i = 0u; i < 8u; i++) {
    value += partial[lane % columns * 8u + i][row];
  }
  let at = row * dims.N + mine;
  if (dims.has_bias == 1u) {
    value += bias[mine];
  }
  if (dims.has_residual == 1u) {
    value += residual[at];
  }
  if (dims.accumulate == 1u) {
    value += c[at];
  }
  c[at] = value;
}
