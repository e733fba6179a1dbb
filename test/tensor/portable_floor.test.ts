/** Every kernel of the room stays within what each WebGPU device offers. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";

test.each(globSync("shaders/tensor/**/*.wgsl").map((file) => [basename(file), file]))(
  "%s takes at most 8 storage buffers, 256 invocations and 16 KiB of workgroup memory",
  (_, file) => {
    const code = readFileSync(file, "utf8");
    // Numbers, since those of weights are added to the file.
    const bindings = [...code.matchAll(/@binding\((\d+)\)/g)].map(([, number]) => Number(number));
    expect(Math.max(...bindings)).toBeLessThan(8);
    const wg = Number(code.match(/override wg: u32 = (\d+)u;/)![1]);
    expect(wg).toBeLessThanOrEqual(256);
    const bytes = [...code.matchAll(/var<workgroup> \w+: array<(\w+), (\w+)>/g)]
      .map(([, type = "", length = ""]) =>
        ({ f32: 4, u32: 4, vec2f: 8, vec4f: 16 })[type]! *
        (length === "wg" ? wg : Number(length))
      );
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(16_384);
  },
);
