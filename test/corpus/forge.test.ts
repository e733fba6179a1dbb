import { describe, expect, test } from "vitest";
import {
  type Candidate,
  corpusSteps,
  defaultFilters,
  type ForgeOptions,
  forgeUnit,
  gitHubPullRequests,
  memoryCache,
  openForge,
  parseRecord,
  type PullRequestRead,
} from "../../src/corpus/mod.ts";
import { openRepository } from "../../src/git/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { makeRepository } from "../support/make_repository.ts";
import { type Answers, startGitHub } from "./github_server.ts";

const sha = (digit: string) => digit.repeat(40);
const user = (login: string, type = "User") => ({ login, type });
const at = (minute: number) => new Date(Date.UTC(2024, 0, 1, 0, minute)).toISOString();

function pull(number: number, more: object = {}) {
  return {
    number,
    title: `Pull ${number}`,
    body: `Fixes #${number + 100}`,
    user: user("ada"),
    state: "closed",
    created_at: at(number),
    merged_at: at(number + 1),
    merge_commit_sha: sha("c"),
    merged_by: user("ben"),
    base: { sha: sha("a") },
    head: { sha: sha("b") },
    comments: 1,
    review_comments: 0,
    ...more,
  };
}

function answersFor(numbers: readonly number[]): Answers {
  const answers: Record<string, unknown> = {
    "repos/o/r": { full_name: "o/r", description: "A thing", stars: 5 },
    "repos/o/r/pulls": numbers.map((number) => ({ number })),
  };
  for (const number of numbers) {
    const path = `repos/o/r/pulls/${number}`;
    answers[path] = pull(number);
    answers[`${path}/commits`] = [{ sha: sha("b"), commit: { message: "Do it" } }];
    answers[`${path}/reviews`] = [];
    answers[`repos/o/r/issues/${number}/comments`] = ["one", "two", "three"]
      .map((body, i) => ({ user: user("cy"), body, created_at: at(i) }));
    answers[`repos/o/r/issues/${number + 100}`] = {
      number: number + 100,
      title: "It fails",
      body: null,
      user: null,
      created_at: at(0),
    };
    answers[`repos/o/r/issues/${number + 100}/comments`] = [];
  }
  return answers;
}

async function readAll(options: ForgeOptions, limit?: number): Promise<PullRequestRead[]> {
  const forge = openForge({ retryDelayMs: 1, ...options });
  return await Array.fromAsync(gitHubPullRequests(forge, { repository: "o/r", limit }));
}

const numbersOf = (reads: readonly PullRequestRead[]) =>
  reads.map((read) => "pull" in read ? read.pull.number : read.reason);

describe("gitHubPullRequests", () => {
  test("follows pages, of pull requests and of what belongs to them", async () => {
    await using forge = await startGitHub(answersFor([5, 4, 3, 2, 1]));
    const reads = await readAll({ apiUrl: forge.url });
    expect(numbersOf(reads)).toEqual([5, 4, 3, 2, 1]);
    expect(reads[0]).toMatchObject({
      repository: { full_name: "o/r", description: "A thing" },
      comments: [{ body: "one" }, { body: "two" }, { body: "three" }],
      issue: { number: 105, title: "It fails", comments: [] },
    });
    expect(forge.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    expect(numbersOf(await readAll({ apiUrl: forge.url }, 3))).toEqual([5, 4, 3]);
  });

  test("asks GraphQL for the issue where there is a token, which goes nowhere else", async () => {
    const comment = { body: "Me too", createdAt: at(1), author: { login: "di" } };
    const graphql = ({ variables }: { variables: Record<string, unknown> }) => ({
      data: {
        repository: {
          pullRequest: {
            closingIssuesReferences: {
              nodes: variables.number === 1
                ? [{ ...comment, number: 9, title: "Linked", comments: { nodes: [comment] } }]
                : [],
            },
          },
        },
      },
    });
    await using forge = await startGitHub(answersFor([2, 1]), { graphql });
    const cached: string[] = [];
    const memory = memoryCache();
    const cache = {
      get: memory.get,
      set: (key: string, text: string) => {
        cached.push(key + text);
        return memory.set(key, text);
      },
    };
    const reads = await readAll({ apiUrl: forge.url, token: "s3cret", cache });
    expect(reads.map((read) => "pull" in read ? read.issue : read)).toMatchObject([
      undefined,
      { number: 9, title: "Linked", comments: [{ body: "Me too", user: { login: "di" } }] },
    ]);
    expect(forge.requests.every(({ headers }) => headers.authorization === "Bearer s3cret"))
      .toBe(true);
    expect(cached.join()).not.toContain("s3cret");
  });

  test("what was answered once is not asked again, but for the list", async () => {
    await using forge = await startGitHub(answersFor([2, 1]));
    const cache = memoryCache();
    await readAll({ apiUrl: forge.url, cache });
    const before = forge.requests.length;
    expect(numbersOf(await readAll({ apiUrl: forge.url, cache }))).toEqual([2, 1]);
    expect(forge.requests.slice(before).map(({ path }) => path)).toEqual([
      "repos/o/r/pulls?state=closed&sort=created&direction=desc&per_page=100",
    ]);
  });

  test("waits as long as limits ask: Retry-After, and the time of the reset", async () => {
    await using forge = await startGitHub(answersFor([1]));
    const start = performance.now();
    forge.troubles.set("repos/o/r", [
      { status: 429, headers: { "retry-after": "0.05" }, body: "slow down" },
      {
        status: 403,
        headers: {
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": String(Date.now() / 1000 + 0.08),
        },
        body: '{"message": "API rate limit exceeded"}',
      },
    ]);
    expect(numbersOf(await readAll({ apiUrl: forge.url }))).toEqual([1]);
    expect(performance.now() - start).toBeGreaterThan(75);
  });

  test("a limit beyond patience is told, with what to do", async () => {
    await using forge = await startGitHub(answersFor([1]));
    forge.troubles.set("repos/o/r", [{ status: 429, headers: { "retry-after": "7200" } }]);
    await expect(readAll({ apiUrl: forge.url })).rejects.toThrow(
      /asks to wait 7200 s .*resume, or give a token/,
    );
  });

  test("stops while it waits", async () => {
    await using forge = await startGitHub(answersFor([1]));
    forge.troubles.set("repos/o/r", [{ status: 429, headers: { "retry-after": "60" } }]);
    const stop = new AbortController();
    const reading = readAll({
      apiUrl: forge.url,
      signal: stop.signal,
      onWait: () => stop.abort(new Error("enough")),
    });
    await expect(reading).rejects.toThrow("enough");
  });

  test("broken JSON and a refusal lose one pull request, and the run goes on", async () => {
    await using forge = await startGitHub(answersFor([5, 4, 3, 2, 1]));
    const broken = Array.from({ length: 4 }, () => ({ body: '{"number": 4, "ti' }));
    forge.troubles.set("repos/o/r/pulls/4", broken);
    forge.troubles.set("repos/o/r/pulls/3/commits", [
      { status: 403, body: '{"message": "Repository access blocked"}' },
    ]);
    forge.troubles.set("repos/o/r/pulls/2", [{ body: '{"number": "two"}' }]);
    forge.troubles.set("repos/o/r/pulls/1", [{ status: 502 }, { body: "<html>" }]);
    const host = new URL(forge.url).host;
    expect(numbersOf(await readAll({ apiUrl: forge.url }))).toEqual([
      5,
      `repos/o/r/pulls/4: ${host} answers broken JSON`,
      `repos/o/r/pulls/3/commits: ${host} answers 403: "Repository access blocked"`,
      expect.stringContaining("repos/o/r/pulls/2: expected"),
      1,
    ]);
  });

  test("a page of the list that is broken is told, and the next one is read", async () => {
    await using forge = await startGitHub(answersFor([5, 4, 3, 2, 1]));
    const broken = { body: "[{" };
    forge.troubles.set("repos/o/r/pulls", Array(4).fill(broken));
    expect(numbersOf(await readAll({ apiUrl: forge.url }))).toEqual([
      expect.stringContaining("broken JSON"),
      3,
      2,
      1,
    ]);
  });

  test.each([
    ["a token that is refused", { status: 401, body: '{"message": "Bad credentials"}' }, "token"],
    ["a repository that is not there", { status: 404, body: "{}" }, "needs a token"],
    ["a forge that does not get well", { status: 500 }, "answers 500"],
  ])("%s is a clear error", async (_, trouble, told) => {
    await using forge = await startGitHub(answersFor([1]));
    forge.troubles.set("repos/o/r", Array(4).fill(trouble));
    await expect(readAll({ apiUrl: forge.url })).rejects.toThrow(told);
  });

  test("a forge that is gone, and one that leads elsewhere, end the run", async () => {
    const forge = await startGitHub(answersFor([1]));
    forge.troubles.set("repos/o/r/pulls", [
      { headers: { link: '<http://evil.example/x>; rel="next"' } },
    ]);
    await expect(readAll({ apiUrl: forge.url })).rejects.toThrow("http://evil.example");
    await forge[Symbol.asyncDispose]();
    await expect(readAll({ apiUrl: forge.url })).rejects.toThrow("cannot be reached");
    expect(() => openForge({ apiUrl: "ftp://x" })).toThrow('"ftp://x"');
  });
});

describe("forgeUnit", () => {
  test("takes the branch, what it became when it was rebased, or squashed", async () => {
    await using repository = await makeRepository([{ message: "base", files: { "a.py": "1\n" } }]);
    const { git } = repository;
    const base = (await git("rev-parse", "HEAD")).trim();
    await git("checkout", "-q", "-b", "work");
    await repository.commit({ message: "one", files: { "a.py": "2\n" } });
    const head = await repository.commit({ message: "two", files: { "a.py": "3\n" } });
    await git("checkout", "-q", "main");
    const first = await repository.commit({ message: "one", files: { "b.py": "1\n" } });
    const second = await repository.commit({ message: "two", files: { "b.py": "2\n" } });
    const squash = await repository.commit({ message: "All (#3)", files: { "c.py": "1\n" } });
    const opened = await openRepository(repository.path);
    const messages = ["one", "two"].map((message) => ({ sha: sha("f"), commit: { message } }));
    const unitOf = async (more: object) => {
      const record = { repository: { full_name: "o/r" }, pull: pull(1, more), commits: messages };
      const planned = await forgeUnit(opened, parseRecord(record));
      if ("reason" in planned) return planned.reason;
      const { base, commits } = planned.unit;
      return [base, ...commits.map(({ oid }) => oid)];
    };
    const middle = (await git("rev-parse", "work~1")).trim();
    expect(await unitOf({ base: { sha: base }, head: { sha: head } })).toEqual([
      base,
      middle,
      head,
    ]);
    expect(await unitOf({ merge_commit_sha: second })).toEqual([base, first, second]);
    expect(await unitOf({ merge_commit_sha: squash })).toEqual([second, squash]);
    expect(await unitOf({ merge_commit_sha: squash, merged_at: null })).toBe("commits-missing");
    expect(await unitOf({})).toBe("commits-missing");
    await opened.close();
  });

  test("tells who said what, in the order of time, as the paper's general format", async () => {
    await using repository = await makeRepository([{ message: "base", files: { "a.py": "1\n" } }]);
    const base = (await repository.git("rev-parse", "HEAD")).trim();
    const head = await repository.commit({ message: "Make it two", files: { "a.py": "2\n" } });
    const opened = await openRepository(repository.path);
    const day = (minute: number) => new Date(1_700_000_000_000 + minute * 60_000).toISOString();
    const record = parseRecord({
      repository: { full_name: "o/r", description: "A thing" },
      pull: pull(7, { body: "As said.\r\n", base: { sha: base }, head: { sha: head } }),
      commits: [],
      comments: [{ user: user("cy"), body: "Nice", created_at: day(9) }],
      reviews: [
        { user: user("di"), body: "Good", state: "APPROVED", submitted_at: day(10) },
        { user: user("di"), body: "", state: "COMMENTED", submitted_at: day(1) },
      ],
      review_comments: [
        {
          id: 2,
          in_reply_to_id: 1,
          user: null,
          body: "Done",
          path: "a.py",
          created_at: day(5),
        },
        {
          id: 1,
          user: user("di"),
          body: "Why?",
          path: "a.py",
          diff_hunk: "@@ -1 +1 @@\n-1\n+2",
          created_at: day(4),
        },
      ].toReversed(),
      issue: {
        number: 3,
        title: "One is wrong",
        body: "It is.",
        user: user("eve"),
        created_at: day(0),
        comments: [{ user: user("cy"), body: "Yes", created_at: day(1) }],
      },
    });
    async function* units() {
      yield await forgeUnit(opened, record);
    }
    const steps = await Array.fromAsync(corpusSteps(opened, units(), {
      kind: "general",
      filters: defaultFilters("general"),
      tokenizer: await loadTokenizer(),
      repository: { name: "o/r" },
    }));
    const [candidate] = steps[0]?.candidates as [Candidate];
    expect(candidate.id).toBe("o/r#7");
    expect(candidate.sample?.text).toBe(`# Repository Context
Name: o/r
Description: A thing
# Relevant Files Context
## a.py
1
Response:
<issue>Title: One is wrong
eve: It is.
<issue_comment>cy: Yes
<pr>Title: Pull 7
ada: As said.
<pr_commit>Ada: Make it two
<commit_file>a.py
<patch>
@@ -1 +1 @@
-1
+2
</patch>
<pr_diff_hunk>a.py
@@ -1 +1 @@
-1
+2
<pr_review_comment>di: Why?
<pr_review_comment>ghost: Done
<pr_comment>cy: Nice
<pr_review>di: Good
<pr_review_state>approved
<pr>ben
<pr_status>closed
<pr_is_merged>True
`);
    await opened.close();
  });
});
