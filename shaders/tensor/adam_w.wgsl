// AdamW over all parameters at once, with clipping by the global norm and decoupled weight decay.
// Gradients are zeroed for the next step to add to. Where the norm is not finite nothing else is
// changed. The first invocation notes loss and norm.
// Source: Loshchilov, Hutter: Decoupled Weight Decay Regularization, arXiv 1711.05101, algorithm 2.
// Workgroups: any number, in one dimension; each takes every so many vectors.

override wg: u32 = 256u;
override N4: u32; // vectors of 4
override DECAYED4: u32; // of which so many decay, the first ones
override SQUARES: u32; // sums of squares that the norm is made from
override NOTES: bool; // loss and norm
override BETA1: f32;
override BETA2: f32;
override EPSILON: f32;
override WEIGHT_DECAY: f32;
override CLIP_NORM: f32; // 0 for none

struct Step {
  learning_rate: f32,
  correction1: f32, // 1 - beta1^step
  correction2: f32, // 1 - beta2^step
  gradient_scale: f32, // 1 / micro-batches
  note: u32, // which entry of notes
}

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>; // (N4)
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f>; // (N4) sums over micro-batches
@group(0) @binding(2) var<storage, read_write> first_moments: array<vec4f>; // (N4)
@group(0) @binding(3) var<storage, read_write> second_moments: array<vec4f>; // (N4)
@group(0) @binding(4) var<storage, read> squares: array<f32>; // (SQUARES)
@group(0) @binding(5) var<storage, read_write> loss: array<f32>; // (1) sum over micro-batches
@group(0) @binding(6) var<storage, read_write> notes: array<vec2f>; // loss, norm
@group(0) @binding(7) var<uniform> step: Step;

var<workgroup> partial: array<f32, wg>;

@compute @workgroup_size(wg)
fn adam_w(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var i = lane; i < SQUARES; i += wg) {
    sum += squares[i];
  }
  partial[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < min(wg, SQUARES); i++) {
      sum += partial[i];
    }
    partial[0] = sum;
  }
  workgroupBarrier();
  let norm = sqrt(partial[0]) * step.gradient_scale;
  // Compilers may take every number for finite; bits tell.
  let finite = (bitcast<u32>(norm) & 0x7f800000u) != 0x7f800000u;
  var factor = step.gradient_scale;
  if (CLIP_NORM > 0.0 && norm > CLIP_NORM) {
    factor *= CLIP_NORM / norm;
  }
  for (var i = id.x; i < N4; i += workgroups.x * wg) {
    let gradient = gradients[i] * factor;
    gradients[i] = vec4f();
    if (!finite) {
      continue;
    }
    let m = BETA1 * first_moments[i] + (1.0 - BETA1) * gradient;
    let v = BETA2 * second_moments[i] + (1.0 - BETA2) * gradient * gradient;
    first_moments[i] = m;
    second_moments[i] = v;
    var update = m / step.correction1 / (sqrt(v / step.correction2) + EPSILON);
    if (i < DECAYED4) {
      update += WEIGHT_DECAY * parameters[i];
    }
    parameters[i] -= step.learning_rate * update;
  }
  if (NOTES && id.x == 0u) {
    notes[step.note] = vec2f(loss[0] * step.gradient_scale, norm);
    loss[0] = 0.0;
  }
}
