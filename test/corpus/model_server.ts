/**
 * A server on the loopback interface that speaks OpenAI's protocol: each prompt has an answer of its
 * own, always the same.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What was asked. */
export interface ModelRequest {
  readonly prompt: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

/** A running server. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: ModelRequest[];
  /** The most requests that were open at a time. */
  readonly mostAtOnce: number;
}

/** Starts a server; `answer` gives the text, or the status of a refusal. */
export async function startModel(
  { delayMs = 0, answer = answerTo }: {
    delayMs?: number;
    answer?: (request: ModelRequest) => string | number;
  } = {},
): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  let open = 0;
  let mostAtOnce = 0;
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    mostAtOnce = Math.max(mostAtOnce, ++open);
    const chunks = await Array.fromAsync(request as AsyncIterable<Uint8Array>);
    const body = JSON.parse(new TextDecoder().decode(Buffer.concat(chunks)));
    const asked = {
      prompt: body.messages[0].content,
      body,
      authorization: request.headers.authorization,
    };
    requests.push(asked);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const content = answer(asked);
    open--;
    response.writeHead(typeof content === "number" ? content : 200, {
      "content-type": "application/json",
    });
    const message = { role: "assistant", content };
    response.end(
      typeof content === "number"
        ? "{}"
        : JSON.stringify({ id: "1", object: "chat.completion", choices: [{ index: 0, message }] }),
    );
  }
  const server = createServer((request, response) => {
    // The one who asked may be killed in the middle of it.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get mostAtOnce() {
      return mostAtOnce;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerTo({ prompt }: ModelRequest): string {
  return `Answer ${createHash("sha256").update(prompt).digest("hex").slice(0, 8)}`;
}
