// Matrix products of up to four rows, as when single tokens go through a model: an invocation takes a
// column and goes along its weights once, for all rows.
// b is transposed, and K a multiple of 4. Workgroups: ceil(N / wg), folded into two dimensions.

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

fn store(row: u32, column: u32, product: f32) {
  if (row >= dims.M) {
    return;
  }
  let at = row * dims.N + column;
  var value = product;
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

@compute @workgroup_size(wg)
fn matmul_columns(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let column = id.y * workgroups.x * wg + id.x;
  if (column >= dims.N) {
    return;
  }
  let k4 = dims.K / 4u;
  // Rows past the end are the last one again; nothing of them is stored.
  let last = dims.M - 1u;
  let row1 = min(1u, last) * k4;
  let row2 = min(2u, last) * k4;
  let row3 = min(3u, last) * k4;
  var c0 = vec4f();
  var c1 = vec4f();
  var c2 = vec4f();
  var c3 = vec4f();
  for (var k = 0u; k < k4; k++) {
    let weights = b_at(column * k4 + k);
    c0 += weights * a[k];
    if (last > 0u) {
      c1 += weights * a[row1 + k];
      c2 += weights * a[row2 + k];
      c3 += weights * a[row3 + k];
    }
  }
  store(0u, column, dot(c0, vec4f(1.0)));
  store(1u, column, dot(c1, vec4f(1.0)));
  store(2u, column, dot(c2, vec4f(1.0)));
  store(3u, column, dot(c3, vec4f(1.0)));
}
