/** A remote worker over a socket: jobs that never end, cancelled ones, limits, and the workbench. */
import { afterAll, expect, test } from "vitest";
import { connect, workId } from "../../src/remote/mod.ts";
import type { StepEvent, TrainingEvent } from "../../src/train/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { later } from "./later.ts";
import { code, COUNTING, countingSpec, openWorker } from "./open_worker.ts";

const limits = { jobs: 2, timeMs: 120_000, memoryBytes: 2 ** 30 };
const worker = await openWorker({ allowCode: true, name: "bench", limits });
/** A second by itself; other work of the machine makes all of it slower. What is not stopped never ends. */
const STOPPED_MS = 10_000;
afterAll(() => worker[Symbol.asyncDispose]());
const { workbench } = worker;
const { runs } = workbench;

test("tells what machine it is", async () => {
  const status = await workbench.status();
  expect(status).toMatchObject({ name: "bench", running: 0, queued: 0, draining: false, limits });
  expect(status.works).toContain("train");
  expect(workbench.state).toBe("open");
  expect(workbench.latencyMs).toBeGreaterThan(0);
});

test("a run is found again by its order, with its whole stream of events", async () => {
  const order = code("for (let i = 0; i < input; i++) emit({ i }); return { sum: input };", 5000);
  const [id, same] = await Promise.all([runs.submit(order), runs.submit(order)]);
  expect(same).toBe(id);
  expect(id).toBe(await workId(order));
  expect(await runs.result(id)).toEqual({ sum: 5000 });
  // Another notebook, later.
  using other = closing(connect(worker.url, { token: worker.token }));
  expect(await other.workbench.runs.submit(order)).toBe(id);
  const events = await Array.fromAsync(other.workbench.runs.events(id, { from: 10 }));
  expect(events).toEqual(
    Array.from({ length: 4990 }, (_, i) => ({ index: i + 10, event: { i: i + 10 } })),
  );
  expect(await runs.info(id)).toMatchObject({ state: "done", events: 5000 });
  await runs.cancel(id);
  expect(await runs.result(id)).toEqual({ sum: 5000 });
});

test("what no work takes is refused before it is a run", async () => {
  const before = (await runs.list()).length;
  const train = { spec: countingSpec(1), data: {} };
  const refused = async (order: Parameters<typeof runs.submit>[0], code: string, message: RegExp) =>
    await expect(runs.submit(order)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  await refused({ work: "constructor", request: {} }, "no-such-work", /constructor.*train/);
  await refused({ work: "train", request: { ...train, spec: 1 } }, "bad-request", /spec/);
  await refused(
    { work: "train", request: train, data: ["0".repeat(64)] },
    "no-such-blob",
    /send it/,
  );
  await refused({ work: "stats", request: { source: "/etc/passwd" } }, "bad-request", /https/);
  await expect(runs.info("0".repeat(64))).rejects.toMatchObject({ code: "no-such-run" });
  expect(await runs.list()).toHaveLength(before);
});

test("a job that never ends is stopped within a second, and others go on meanwhile", async () => {
  const spin = await runs.submit(code("emit({ begun: 1 }); for (;;) {}"));
  const sleeper = await runs.submit(code("emit({ begun: 2 }); await new Promise(() => {});"));
  for (const id of [spin, sleeper]) {
    for await (const _begun of runs.events(id)) break;
  }
  const waiting = await runs.submit(code("return { after: input };", 1));
  for (const id of [spin, sleeper]) {
    const begin = performance.now();
    await runs.cancel(id);
    expect(performance.now() - begin).toBeLessThan(STOPPED_MS);
    await expect(runs.result(id)).rejects.toMatchObject({ code: "cancelled" });
  }
  expect(await runs.result(waiting)).toEqual({ after: 1 });
});

test("what takes too long, or too much memory, has failed of it", async () => {
  await using small = await openWorker({
    allowCode: true,
    limits: { jobs: 2, timeMs: 2_000, memoryBytes: 2 ** 29 },
  });
  const { runs } = small.workbench;
  const failing = async (body: string) => await runs.result(await runs.submit(code(body)));
  await Promise.all([
    expect(failing("for (;;) {}")).rejects.toMatchObject({ code: "limit" }),
    expect(failing("const all = []; for (;;) all.push(new Uint8Array(2 ** 26).fill(1));"))
      .rejects.toMatchObject({ code: "limit" }),
  ]);
});

test("what crashes, or throws, has failed of it", async () => {
  const failing = async (body: string) => await runs.result(await runs.submit(code(body)));
  await Promise.all([
    expect(failing("Deno.kill(Deno.pid, 'SIGKILL'); await new Promise(() => {});"))
      .rejects.toMatchObject({ code: "died", message: expect.stringMatching(/3 times/) }),
    expect(failing("throw Object.assign(new RangeError('too far'), { code: 'far' });"))
      .rejects.toMatchObject({ name: "RangeError", code: "far", message: "too far" }),
  ]);
});

test("code that is sent reaches no files and programs of the machine", async () => {
  const attempts = code(
    `
    const tried = { passwd: () => Deno.readTextFileSync("/etc/passwd"),
      write: () => Deno.writeTextFileSync("/var/x", ""),
      program: () => new Deno.Command("ls").outputSync(),
      net: () => Deno.connect({ hostname: "127.0.0.1", port: input }) };
    const results = {};
    for (const [name, attempt] of Object.entries(tried)) {
      try { await attempt(); results[name] = "done"; } catch (error) { results[name] = error.name; }
    }
    return results;`,
    Number(new URL(worker.url).port),
  );
  expect(await runs.result(await runs.submit(attempts))).toEqual({
    passwd: "NotCapable",
    write: "NotCapable",
    program: "NotCapable",
    net: "NotCapable",
  });
});

test("trains as this process does, to the bit, and each run once", async () => {
  const here = closing(connect());
  using _here = here;
  const trained = await Promise.all(
    [workbench, here.workbench, workbench].map(async (workbench) => {
      const events: TrainingEvent[] = [];
      const onEvent = (event: TrainingEvent) => events.push(event);
      const model = await workbench.train(countingSpec(20), { data: COUNTING, onEvent });
      return { model, steps: stepsOf(events) };
    }),
  );
  const [remote, local, again] = trained;
  expect(remote?.steps).toHaveLength(20);
  expect(remote?.steps).toEqual(local?.steps);
  expect(remote?.model.files).toEqual(local?.model.files);
  expect(again).toEqual(remote);
  const trainings = (await runs.list()).filter(({ work }) => work === "train");
  expect(trainings).toHaveLength(1);
});

test(
  "a cancelled training goes on from its checkpoint, with the steps that it would have had",
  async () => {
    // So many that they are not over before the machine, however busy, has heard of the end.
    const spec = countingSpec(210);
    const controller = new AbortController();
    const seen: TrainingEvent[] = [];
    const stopped = later(workbench.train(spec, {
      data: COUNTING,
      signal: controller.signal,
      onEvent(event) {
        seen.push(event);
        if (event.type === "checkpoint") controller.abort(new Error("enough"));
      },
    }));
    await expect(stopped).rejects.toThrow("enough");
    const events: TrainingEvent[] = [];
    const onEvent = (event: TrainingEvent) => events.push(event);
    const trained = await workbench.train(spec, { data: COUNTING, onEvent });
    expect(trained.step).toBe(210);
    expect(stepsOf(events).map(({ step }) => step)).toEqual(
      Array.from({ length: 210 }, (_, i) => i + 1),
    );
    expect(events.slice(0, seen.length)).toEqual(seen);
    expect(events.filter(({ type }) => type === "start")).toHaveLength(2);
  },
);

test("reads, measures and compares a corpus that is sent as a bundle", async () => {
  const bundle = await Deno.readFile("notebooks/data/bottega.bundle");
  const corpus = await workbench.load({ name: "bottega.bundle", bundle }, {
    limit: 5,
    history: true,
  });
  expect(corpus.rows).toHaveLength(5);
  expect((await corpus.trajectory(0)).id).toBe(corpus.rows[0]?.id);
  const measured = await corpus.measure({ device: "cpu" });
  const statistics = await corpus.statistics({ device: "cpu" });
  expect(statistics.tokenCounts).toBeInstanceOf(Uint32Array);
  expect(measured.statistics.tokens).toBe(statistics.tokens);
  expect((await measured.compare(measured)).tokens).toBeCloseTo(0);
  await corpus.release();
  await expect(corpus.statistics()).rejects.toMatchObject({ code: "no-such-corpus" });
  await expect(workbench.load("src")).rejects.toMatchObject({ code: "bad-request" });
});

describeGpu("a kernel that never ends", () => {
  test("costs the job, and the next one computes", async () => {
    const order = code(`
      const { gpu: { device } } = await chooseGpu("gpu");
      const module = device.createShaderModule({ code: \`
        @group(0) @binding(0) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(1) fn main() {
          loop { x[0] += 1u; if (x[1] == 1u) { return; } }
        }\` });
      const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
      const buffer = device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE });
      const layout = pipeline.getBindGroupLayout(0);
      const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] });
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      // llvmpipe ends each after 65,535 rounds.
      pass.dispatchWorkgroups(65535, 65535);
      pass.end();
      device.queue.submit([encoder.finish()]);
      emit({ submitted: true });
      await device.queue.onSubmittedWorkDone();
      return { ended: true };`);
    const id = await runs.submit(order);
    for await (const _submitted of runs.events(id)) break;
    const begin = performance.now();
    await runs.cancel(id);
    expect(performance.now() - begin).toBeLessThan(STOPPED_MS);
    await expect(runs.result(id)).rejects.toMatchObject({ code: "cancelled" });
    const trained = await workbench.train(countingSpec(2), { data: COUNTING, device: "gpu" });
    expect(trained.step).toBe(2);
  });
});

/** What of a run does not depend on the clock. */
function stepsOf(events: readonly TrainingEvent[]) {
  return events.filter((event): event is StepEvent => event.type === "step")
    .map(({ step, lossNats, gradientNorm }) => ({ step, lossNats, gradientNorm }));
}

function closing<W extends { close(): void }>(workbench: W) {
  return { workbench, [Symbol.dispose]: () => workbench.close() };
}
