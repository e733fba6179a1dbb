/** safetensors: exact both ways, in pieces; hostile headers are refused. */
import { describe, expect, test } from "vitest";
import {
  type FloatFormat,
  ModelError,
  openSafetensors,
  readSafetensors,
  writeSafetensors,
} from "../../src/model/mod.ts";
import { seededRandom } from "../support/random.ts";

const random = seededRandom(5);
const tensors = {
  "a.weight": {
    shape: [3, 700_001],
    values: Float32Array.from({ length: 3 * 700_001 }, () => random() - 0.5),
  },
  empty: { shape: [0, 4], values: new Float32Array() },
  "ünï": { shape: [], values: Float32Array.of(-0) },
  __proto__: { shape: [2], values: Float32Array.of(1, Infinity) },
};

/** A file of a header and `dataBytes` zeros. */
function fileOf(header: unknown, dataBytes = 8): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const two = (change: Record<string, unknown>) => ({
  x: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...change },
});

describe("safetensors", () => {
  test("reads back what was written, bit by bit, from pieces", async () => {
    const pieces = [...writeSafetensors(tensors, { metadata: { made: "here" } })];
    expect(pieces.length).toBeGreaterThan(3);
    const read = await readSafetensors(new Blob(pieces));
    expect(read.metadata).toEqual({ made: "here" });
    expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { shape, values }] of Object.entries(tensors)) {
      const tensor = Object.entries(read.tensors).find(([key]) => key === name)?.[1];
      expect(tensor?.shape).toEqual(shape);
      expect(new Uint8Array(tensor!.values.buffer)).toEqual(new Uint8Array(values.buffer));
    }
  });

  test("begins its data where f32 may", async () => {
    const [header] = [...writeSafetensors({ xy: { shape: [1], values: Float32Array.of(1) } })];
    expect(header!.byteLength % 8).toBe(0);
    const { tensors } = await openSafetensors(new Blob([header!, new Uint8Array(4)]));
    expect([...tensors.keys()]).toEqual(["xy"]);
  });

  /** By definition: the multiple of the format's step that is nearest, the even one of two. */
  test.each<[FloatFormat, number, number]>([["BF16", 8, 1e38], ["F16", 11, 6e4]])(
    "rounds to the nearest %s, ties to even",
    async (dtype, bits, most) => {
      const special = [0, -0, NaN, Infinity, -Infinity, most, 1 + 2 ** -bits, 1 + 3 * 2 ** -bits];
      const values = Float32Array.of(
        ...special,
        ...Array.from({ length: 4000 }, () => (random() - 0.5) * 2 ** (14 - 24 * random())),
      );
      const file = new Blob([
        ...writeSafetensors({ x: { shape: [values.length], values } }, { dtype }),
      ]);
      const { tensors } = await readSafetensors(file);
      const expected = values.map((value) => {
        if (!Number.isFinite(value) || value === 0) return value;
        const exponent = Math.max(
          Math.floor(Math.log2(Math.abs(value))),
          dtype === "F16" ? -14 : -126,
        );
        const step = 2 ** (exponent - bits + 1);
        const [low, left] = [Math.floor(value / step), value / step - Math.floor(value / step)];
        return (left > 0.5 || (left === 0.5 && low % 2 !== 0) ? low + 1 : low) * step;
      });
      expect(tensors["x"]!.values).toEqual(expected);
      const again = [...writeSafetensors({ x: tensors["x"]! }, { dtype })];
      expect(await new Blob(again).bytes()).toEqual(await file.bytes());
    },
  );

  test("keeps the small numbers of F16", async () => {
    const values = Float32Array.of(2 ** -24, 2 ** -25, 2 ** -25 * 1.5, -(2 ** -14));
    const file = [...writeSafetensors({ x: { shape: [4], values } }, { dtype: "F16" })];
    const { tensors } = await readSafetensors(new Blob(file));
    expect(tensors["x"]!.values).toEqual(Float32Array.of(2 ** -24, 0, 2 ** -24, -(2 ** -14)));
  });

  test("refuses what F16 cannot hold, and values that do not fill their shape", () => {
    const large = { x: { shape: [2], values: Float32Array.of(1, 70_000) } };
    expect(() => [...writeSafetensors(large, { dtype: "F16" })]).toThrow(/70000.*BF16/);
    const short = { x: { shape: [3], values: Float32Array.of(1) } };
    expect(() => [...writeSafetensors(short)]).toThrow(/"x".*\(3\) and 1 values/);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /eight bytes.*0/],
    ["five bytes", new Uint8Array(5), /eight bytes.*5/],
    ["a header longer than the file", fileOf(two({})).subarray(0, 30), /cut short/],
    ["a header of 2⁶³ bytes", new Uint8Array(16).fill(0x7f), /9187201950435737471 bytes/],
    ["no JSON", fileOf("{x"), /not JSON/],
    ["no UTF-8", new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /not JSON/],
    ["a list", fileOf([1]), /not an object/],
    ["an unknown dtype", fileOf(two({ dtype: "F7" })), /"x".*dtype "F7"/],
    ["no shape", fileOf(two({ shape: "2" })), /"x".*shape "2"/],
    ["a negative shape", fileOf(two({ shape: [-2, -1] })), /shape \[-2,-1\]/],
    ["a shape that overflows", fileOf(two({ shape: [2 ** 52, 2 ** 52] })), /needs .*, and has 8/],
    ["a shape of half", fileOf(two({ shape: [1.5] })), /shape \[1\.5\]/],
    ["offsets that are none", fileOf(two({ data_offsets: [0] })), /offsets \[0\]/],
    ["offsets the wrong way", fileOf(two({ data_offsets: [8, 0] })), /needs 8 bytes, and has -8/],
    ["a gap", fileOf(two({ data_offsets: [4, 12] }), 12), /gap/],
    [
      "tensors that overlap",
      fileOf({ ...two({}), y: { dtype: "U8", shape: [4], data_offsets: [4, 8] } }),
      /overlap/,
    ],
    ["data cut short", fileOf(two({}), 7), /cut short/],
    ["data too long", fileOf(two({}), 9), /something was added/],
  ])("refuses %s", async (_, file, message) => {
    await expect(openSafetensors(file)).rejects.toThrow(message);
    await expect(openSafetensors(file)).rejects.toThrow(ModelError);
  });

  test("lists tensors of other dtypes and does not read them", async () => {
    const { tensors } = await openSafetensors(fileOf(two({ dtype: "I64", shape: [1] })));
    expect(tensors.get("x")?.dtype).toBe("I64");
    await expect(tensors.get("x")?.read()).rejects.toThrow(/"x" is I64/);
  });

  test("stops between tensors, with the signal's reason", async () => {
    const file = new Blob([...writeSafetensors(tensors)]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readSafetensors(file, { signal })).rejects.toThrow("enough");
  });
});
