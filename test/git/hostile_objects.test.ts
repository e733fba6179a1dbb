/** What a server or a bundle may claim, and must not get away with. */
import { expect, test } from "vitest";
import { parseAdvertisement } from "../../src/git/advertisement.ts";
import { packetLine } from "../../src/git/pkt_line.ts";
import { filesOfTree, type TreeEntry } from "../../src/git/tree.ts";

const oid = "1".repeat(40);

async function* advertisement(symref: string): AsyncGenerator<Uint8Array> {
  const lines = [
    packetLine("# service=git-upload-pack\n"),
    "0000",
    packetLine(`${oid} HEAD\0symref=HEAD:${symref} shallow\n`),
    packetLine(`${oid} refs/heads/main\n`),
    "0000",
  ];
  yield new TextEncoder().encode(lines.join(""));
}

test("HEAD stands for a branch, and never for a path that leads elsewhere", async () => {
  expect((await parseAdvertisement(advertisement("refs/heads/main"))).head)
    .toEqual({ branch: "refs/heads/main" });
  for (const symref of ["../../../../dev/zero", "HEAD", "refs/heads/../../x", "/etc/passwd"]) {
    expect((await parseAdvertisement(advertisement(symref))).head, symref).toEqual({ oid });
  }
});

/** Every folder holds ten times the next one, `levels` deep; below them one file. */
function readBomb(levels: number, wide: number) {
  return (name: string): Promise<TreeEntry[]> => {
    const level = Number(name);
    if (level === levels) return Promise.resolve([{ mode: "100644", name: "f", oid }]);
    const folder = (i: number) => ({ mode: "40000", name: `d${i}`, oid: String(level + 1) });
    return Promise.resolve(Array.from({ length: wide }, (_, i) => folder(i)));
  };
}

async function count(files: AsyncIterable<unknown>): Promise<number> {
  let total = 0;
  for await (const _ of files) total++;
  return total;
}

test("trees that contain each other ten times over are given up, and others work meanwhile", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await expect(count(filesOfTree(readBomb(12, 10), "0"))).rejects
    .toMatchObject({ code: "too-large" });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(10);
  expect(await count(filesOfTree(readBomb(3, 10), "0"))).toBe(1000);
});

test("folders a thousand deep are refused with a reason", async () => {
  await expect(count(filesOfTree(readBomb(1000, 1), "0"))).rejects.toThrow(/deep/);
});
