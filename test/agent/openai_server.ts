/**
 * A server on loopback that speaks as OpenAI's does, streaming, and misbehaves as it is told: one
 * behaviour a request, the last one for all that follow.
 *
 * @module
 */

/** How one request is answered. */
export type Behaviour =
  /** A text, in pieces. */
  | { text: string }
  /** A native tool call, its arguments as they are sent. */
  | { call: string; json: string; text?: string }
  /** Several calls at once. */
  | { calls: { name: string; json: string }[] }
  /** An error of this status. */
  | { status: number; body?: unknown; headers?: Record<string, string> }
  /** Some text, then silence; `before` the headers or within the answer. */
  | { stall: "before" | "within" }
  /** Some text, then the connection is closed. */
  | { breakOff: true }
  /** Something that is no answer at all. */
  | { garbage: string };

/** A server, what it was asked, and its end. */
export interface OpenAiServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly requests: Record<string, unknown>[];
}

/** Starts a server. */
export function startOpenAiServer(behaviours: readonly Behaviour[]): OpenAiServer {
  const requests: Record<string, unknown>[] = [];
  const stopped = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const body = await request.json();
      const behaviour = behaviours[Math.min(requests.length, behaviours.length - 1)];
      requests.push(body);
      if (new URL(request.url).pathname !== "/v1/chat/completions" || !behaviour) {
        return new Response("no such path", { status: 404 });
      }
      if (request.headers.get("authorization") !== "Bearer test-key") {
        return Response.json({ error: { message: "wrong key" } }, { status: 401 });
      }
      return await answer(behaviour, stopped.signal);
    },
  );
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await server.shutdown();
    },
  };
}

async function answer(behaviour: Behaviour, stopped: AbortSignal): Promise<Response> {
  const silence = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 10_000);
      stopped.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  if ("status" in behaviour) {
    const { status, headers = {}, body = { error: { message: `status ${status}` } } } = behaviour;
    return Response.json(body, { status, headers });
  }
  if ("garbage" in behaviour) {
    return new Response(behaviour.garbage, { headers: { "content-type": "text/event-stream" } });
  }
  if ("stall" in behaviour && behaviour.stall === "before") await silence();
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (value: unknown) =>
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
      const delta = (delta: unknown, finish: string | null = null) =>
        send({
          id: "x",
          object: "chat.completion.chunk",
          choices: [{ index: 0, delta, finish_reason: finish }],
        });
      try {
        delta({ role: "assistant", content: "" });
        if ("stall" in behaviour || "breakOff" in behaviour) {
          delta({ content: "Let me " });
          if ("stall" in behaviour) await silence();
          controller.close();
          return;
        }
        const text = "text" in behaviour ? behaviour.text ?? "" : "";
        for (let at = 0; at < text.length; at += 7) delta({ content: text.slice(at, at + 7) });
        const calls = "calls" in behaviour
          ? behaviour.calls
          : "call" in behaviour
          ? [{ name: behaviour.call, json: behaviour.json }]
          : [];
        for (const [index, { name, json }] of calls.entries()) {
          delta({
            tool_calls: [{
              index,
              id: `call_${index}`,
              type: "function",
              function: { name, arguments: "" },
            }],
          });
          for (let at = 0; at < json.length; at += 5) {
            delta({ tool_calls: [{ index, function: { arguments: json.slice(at, at + 5) } }] });
          }
        }
        delta({}, calls.length > 0 ? "tool_calls" : "stop");
        send({
          id: "x",
          object: "chat.completion.chunk",
          choices: [],
          usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
        });
        controller.enqueue(encoder.encode("data: [DONE]\n\n"));
        controller.close();
      } catch (error) {
        // The client has gone, as it may.
        if (!(error instanceof TypeError)) throw error;
      }
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}
