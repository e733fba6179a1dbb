// What an agent did, by trajectory: its actions, edits, test runs, and how often it came back to edit
// after a test run that followed an edit.
// Invocations: one a trajectory, ceil(K / wg) workgroups, folded into two dimensions.

override wg: u32 = 64u;

@group(0) @binding(0) var<storage, read> kinds: array<u32>; // (A) 0 other, 1 edit, 2 test
@group(0) @binding(1) var<storage, read> offsets: array<u32>; // (K + 1) where trajectories begin
@group(0) @binding(2) var<storage, read_write> counts: array<vec4u>; // (K) actions, edits, tests, cycles

@compute @workgroup_size(wg)
fn agent_cycles(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let k = id.y * workgroups.x * wg + id.x;
  if (k >= arrayLength(&counts)) {
    return;
  }
  var count = vec4u(offsets[k + 1u] - offsets[k], 0u, 0u, 0u);
  var state = 0u; // 1 after an edit, 2 after a test of an edit
  for (var a = offsets[k]; a < offsets[k + 1u]; a += 1u) {
    if (kinds[a] == 1u) {
      count.y += 1u;
      count.w += select(0u, 1u, state == 2u);
      state = 1u;
    } else if (kinds[a] == 2u) {
      count.z += 1u;
      state = select(state, 2u, state == 1u);
    }
  }
  counts[k] = count;
}
