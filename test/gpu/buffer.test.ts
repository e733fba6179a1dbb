/** Buffers: what goes in comes out, what is too large is refused, and nothing is left over. */
import { expect, test } from "vitest";
import { countGpuCalls, createBuffers, readBuffers } from "../../src/gpu/mod.ts";
import { describeGpu } from "../support/gpu.ts";

describeGpu("createBuffers", (gpu) => {
  test("uploads every kind of array, also a part of one, a shared one, an odd one, an empty one", async () => {
    using buffers = createBuffers(gpu);
    const shared = new Uint32Array(new SharedArrayBuffer(8));
    shared.set([5, 6]);
    const read = await readBuffers(gpu, [
      buffers.upload("floats", Float32Array.of(1.5, -2)),
      buffers.upload("part", Uint32Array.of(1, 2, 3, 4).subarray(1, 3)),
      buffers.upload("shared", shared),
      buffers.upload("odd", Uint8Array.of(0, 9, 8, 7).subarray(1)),
      buffers.upload("empty", new Uint32Array()),
    ]);
    const [floats, part, sharedRead, odd, empty] = read;
    expect([...new Float32Array(floats)]).toEqual([1.5, -2]);
    expect([...new Uint32Array(part)]).toEqual([2, 3]);
    expect([...new Uint32Array(sharedRead)]).toEqual([5, 6]);
    expect([...new Uint8Array(odd)]).toEqual([9, 8, 7, 0]);
    expect([...new Uint32Array(empty)]).toEqual([0]);
  });

  test("refuses a buffer over the limit, quoting label, bytes and limit", () => {
    using buffers = createBuffers(gpu);
    const limit = gpu.device.limits.maxBufferSize;
    const bytes = 4 * Math.ceil((limit + 1) / 4);
    expect(() => buffers.zeroed("huge", limit + 1)).toThrow(
      new RegExp(`"huge".*${bytes}.*${limit}.*smaller parts`),
    );
    expect(() => buffers.zeroed("huge", limit + 1)).toThrow(
      expect.objectContaining({ code: "limit" }),
    );
  });

  test("frees every buffer", async () => {
    const buffers = createBuffers(gpu);
    const x = buffers.zeroed("x", 4);
    buffers[Symbol.dispose]();
    await expect(readBuffers(gpu, [x])).rejects.toMatchObject({ code: "validation" });
  });
});

describeGpu("readBuffers", (gpu) => {
  test("reads many buffers and parts of them through one map", async () => {
    using buffers = createBuffers(gpu);
    const all = Array.from({ length: 20 }, (_, i) => buffers.upload("x", Uint32Array.of(i, i + 1)));
    const { result, calls } = await countGpuCalls(() =>
      readBuffers(gpu, [...all, { buffer: all[3]!, offset: 4, size: 4 }, {
        buffer: all[4]!,
        offset: 4,
      }])
    );
    expect(calls).toMatchObject({
      submits: 1,
      maps: 1,
      buffers: 1,
      frees: 1,
      dispatches: 0,
      passes: 0,
    });
    expect(result.map((bytes) => [...new Uint32Array(bytes)]))
      .toEqual([...all.keys()].map((i) => [i, i + 1]).concat([[4]], [[5]]));
  });

  test("reads nothing without a map", async () => {
    const { result, calls } = await countGpuCalls(() => readBuffers(gpu, []));
    expect(result).toEqual([]);
    expect(calls.maps).toBe(0);
  });

  test("refuses what the device refuses, naming it", async () => {
    using buffers = createBuffers(gpu);
    const x = buffers.zeroed("short", 8);
    await expect(readBuffers(gpu, [{ buffer: x, offset: 0, size: 16 }]))
      .rejects.toMatchObject({ code: "validation", message: expect.stringMatching(/read_back/) });
  });
});
