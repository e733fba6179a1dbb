import { join } from "node:path";
import { expect, test } from "vitest";
import { startServer } from "./started_server.ts";

const NOTEBOOK = `<!doctype html>
<notebook theme="air">
  <title>Repositories &amp; tokens</title>
  <script id="1" type="text/markdown">
    # Repositories & tokens

    What a *trajectory* [holds](https://example.org), and how \`long\` it is.
  </script>
  <script id="2" type="module">
    const answer = 42
  </script>
</notebook>
`;

const put = (html: BodyInit, condition: Record<string, string>): RequestInit => ({
  method: "PUT",
  body: html,
  headers: condition,
});

test("the list tells name, title, how the text begins and when it was changed", async () => {
  await using server = await startServer({
    "b.html": NOTEBOOK,
    "a.html": "<notebook></notebook>",
    "notes.txt": "no notebook",
    ".hidden.html": NOTEBOOK,
  });
  const list = await (await server.ask("api/notebooks")).json();
  expect(list.map((entry: { name: string }) => entry.name)).toEqual(["a.html", "b.html"]);
  expect(list[0]).toMatchObject({ title: "a", excerpt: "", cells: 0 });
  expect(list[1]).toMatchObject({
    title: "Repositories & tokens",
    excerpt: "What a trajectory holds, and how long it is.",
    cells: 2,
    sizeBytes: NOTEBOOK.length,
  });
  expect(Math.abs(list[1].modifiedMs - Date.now())).toBeLessThan(60_000);
});

test("what was saved is read back, and a save over another version changes nothing", async () => {
  await using server = await startServer({ "a.html": "one" });
  const first = await server.ask("api/notebooks/a.html");
  expect(first.headers.get("content-type")).toContain("text/plain");
  const etag = first.headers.get("etag") ?? "";
  expect(await first.text()).toBe("one");

  const saved = await server.ask("api/notebooks/a.html", put("two", { "if-match": etag }));
  expect(saved.status).toBe(200);
  expect((await saved.json()).etag).toBe(saved.headers.get("etag"));

  const late = await server.ask("api/notebooks/a.html", put("three", { "if-match": etag }));
  expect(late.status).toBe(409);
  expect((await late.json()).code).toBe("conflict");
  expect(await Deno.readTextFile(join(server.notebooks, "a.html"))).toBe("two");

  await Deno.remove(join(server.notebooks, "a.html"));
  const gone = await server.ask("api/notebooks/a.html", put("four", { "if-match": etag }));
  expect([gone.status, (await gone.json()).code]).toEqual([409, "removed"]);
});

test("of two saves of one version at the same moment, exactly one is kept", async () => {
  await using server = await startServer({ "a.html": "one" });
  const etag = (await server.ask("api/notebooks/a.html")).headers.get("etag") ?? "";
  const texts = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(50_000));
  const answers = await Promise.all(
    texts.map((text) => server.ask("api/notebooks/a.html", put(text, { "if-match": etag }))),
  );
  const statuses = answers.map((answer) => answer.status);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(7);
  expect(await Deno.readTextFile(join(server.notebooks, "a.html"))).toBe(
    texts[statuses.indexOf(200)],
  );
  const left = Array.from(Deno.readDirSync(server.notebooks), ({ name }) => name).sort();
  expect(left).toEqual(["a.html", "data"]);
});

test("a new notebook never replaces one, and a save has to say what it replaces", async () => {
  await using server = await startServer({ "a.html": "one" });
  const taken = await server.ask("api/notebooks/a.html", put("two", { "if-none-match": "*" }));
  expect([taken.status, (await taken.json()).code]).toEqual([409, "exists"]);
  const blind = await server.ask("api/notebooks/a.html", put("two", {}));
  expect([blind.status, (await blind.json()).code]).toEqual([428, "precondition-required"]);
  const fresh = await server.ask(
    "api/notebooks/Über%20uns.html",
    put("ü", { "if-none-match": "*" }),
  );
  expect(fresh.status).toBe(200);
  await fresh.body?.cancel();
  expect(await Deno.readTextFile(join(server.notebooks, "Über uns.html"))).toBe("ü");
  expect(await Deno.readTextFile(join(server.notebooks, "a.html"))).toBe("one");
});

test("names that lead elsewhere are refused for reading and for saving", async () => {
  await using server = await startServer();
  await Deno.writeTextFile(join(server.notebooks, "..", "outside.html"), "outside");
  const names = ["..%2Foutside.html", "%2e%2e%2foutside.html", "..%5Coutside.html", "a%00.html"];
  names.push(".a.html", "a.txt", "a", `${"a".repeat(200)}.html`, "-.html", "a%0A.html");
  for (const name of names) {
    const read = await server.ask(`api/notebooks/${name}`);
    expect([read.status, (await read.json()).code], name).toEqual([400, "bad-name"]);
    const saved = await server.ask(`api/notebooks/${name}`, put("x", { "if-none-match": "*" }));
    expect([saved.status, (await saved.json()).code], name).toEqual([400, "bad-name"]);
  }
  expect(await Deno.readTextFile(join(server.notebooks, "..", "outside.html"))).toBe("outside");
});

test("links are neither listed nor read nor written through", async () => {
  await using server = await startServer({ "a.html": "one" });
  const outside = join(server.notebooks, "..", "outside.html");
  await Deno.writeTextFile(outside, "outside");
  await Deno.symlink(outside, join(server.notebooks, "link.html"));
  await Deno.symlink(outside, join(server.notebooks, "data", "link.bundle"));
  const list = await (await server.ask("api/notebooks")).json();
  expect(list).toHaveLength(1);
  expect((await (await server.ask("api/notebooks/link.html")).json()).code).toBe("not-found");
  expect((await (await server.ask("data/link.bundle")).json()).code).toBe("not-found");
  for (const condition of [{ "if-none-match": "*" }, { "if-match": '"x"' }]) {
    const saved = await server.ask("api/notebooks/link.html", put("x", condition));
    expect((await saved.json()).code).toBe("bad-name");
  }
  expect(await Deno.readTextFile(outside)).toBe("outside");
});

test("a notebook that is too large or no text is refused, and the old one stays", async () => {
  await using server = await startServer({ "a.html": "one" });
  const etag = (await server.ask("api/notebooks/a.html")).headers.get("etag") ?? "";
  const large = new Uint8Array(16 * 1024 * 1024 + 1).fill(32);
  for (
    const [body, code] of [[large, "too-large"], [new Uint8Array([0xff]), "not-text"]] as const
  ) {
    const saved = await server.ask("api/notebooks/a.html", put(body, { "if-match": etag }));
    expect((await saved.json()).code).toBe(code);
  }
  expect(await Deno.readTextFile(join(server.notebooks, "a.html"))).toBe("one");
});

test("a full disk is told, and the old notebook stays", async (context) => {
  if (Deno.uid() !== 0) return context.skip("mounting a small tmpfs needs root");
  await using server = await startServer();
  const run = async (command: string, ...args: string[]) =>
    (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
  if (!await run("mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", server.notebooks)) {
    return context.skip("this machine lets no tmpfs be mounted");
  }
  try {
    const created = await server.ask("api/notebooks/a.html", put("one", { "if-none-match": "*" }));
    const { etag } = await created.json();
    const large = "x".repeat(400_000);
    const saved = await server.ask("api/notebooks/a.html", put(large, { "if-match": etag }));
    expect([saved.status, (await saved.json()).code]).toEqual([507, "disk-full"]);
    expect(await Deno.readTextFile(join(server.notebooks, "a.html"))).toBe("one");
    expect(Array.from(Deno.readDirSync(server.notebooks), ({ name }) => name)).toEqual(["a.html"]);
  } finally {
    await run("umount", server.notebooks);
  }
});

test("data files are read as they are, and cannot be written", async () => {
  await using server = await startServer({ "data/history.bundle": "# v2 git bundle\n" });
  const answer = await fetch(new URL("data/history.bundle", server.url));
  expect(answer.headers.get("content-length")).toBe("16");
  expect(await answer.text()).toBe("# v2 git bundle\n");
  const saved = await server.ask("data/history.bundle", put("x", { "if-none-match": "*" }));
  expect(saved.status).toBe(404);
  await saved.body?.cancel();
  for (const name of ["..%2Fa.html", "nothing", ".hidden"]) {
    const missing = await server.ask(`data/${name}`);
    expect([400, 404], name).toContain(missing.status);
    await missing.body?.cancel();
  }
});

test("data is served from folders in data/ too, and from nowhere else", async () => {
  await using server = await startServer({ "data/plain.json": "1", "secret.html": "2" });
  await Deno.mkdir(`${server.notebooks}/data/results`);
  await Deno.writeTextFile(`${server.notebooks}/data/results/one.json`, "3");
  await Deno.symlink(server.notebooks, `${server.notebooks}/data/linked`);
  const answer = async (path: string) => {
    const response = await server.ask(path);
    return response.ok ? await response.text() : response.status;
  };
  expect(await answer("/data/plain.json")).toBe("1");
  expect(await answer("/data/results/one.json")).toBe("3");
  expect(await answer("/data/results")).toBe(404);
  expect(await answer("/data/linked/secret.html")).toBe(404);
  expect(await answer("/data/results%2f..%2f..%2fsecret.html")).toBe(400);
  expect(await answer("/data/a/b/c/d.json")).toBe(400);
});
