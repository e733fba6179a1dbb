// Rows of a table, picked by token; zeros for a token outside of it.
// Invocations: one an element of y, ceil(N / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;
override N: u32; // elements of y
override V: u32; // rows of the table
override C: u32; // columns

// Binding 0 is table, (V, C): table_at(i) is the i-th f32 of it.
@group(0) @binding(1) var<storage, read> tokens: array<u32>; // (N / C)
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // (N / C, C)

@compute @workgroup_size(wg)
fn embedding(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= N) {
    return;
  }
  let token = tokens[i / C];
  if (token < V) {
    y[i] = table_at(token * C + i % C);
  } else {
    y[i] = 0.0;
  }
}
