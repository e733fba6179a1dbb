/** A TCP proxy on this machine that a test can cut, or hold as a lost network does. */

export interface TcpProxy extends AsyncDisposable {
  /** The URL of the target, by way of the proxy. */
  readonly url: string;
  /** Breaks the connections that are open. */
  cut(): void;
  /** Lets nothing through, and takes no part in new connections, until it is resumed. */
  hold(): void;
  resume(): void;
}

/** Starts a proxy before `target`. */
export function startProxy(target: string): TcpProxy {
  const { protocol, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let gate = Promise.withResolvers<void>();
  gate.resolve();

  async function pass(from: Deno.Conn, to: Deno.Conn) {
    const bytes = new Uint8Array(1 << 16);
    for (;;) {
      const size = await from.read(bytes).catch(() => null);
      await gate.promise;
      if (size === null || !open.has(from)) break;
      for (let at = 0; at < size;) at += await to.write(bytes.subarray(at, size)).catch(() => size);
    }
    for (const end of [from, to]) drop(end);
  }
  function drop(end: Deno.Conn) {
    if (open.delete(end)) end.close();
  }
  const accepted = (async () => {
    for await (const client of listener) {
      open.add(client);
      gate.promise.then(async () => {
        if (!open.has(client)) return;
        const server = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
        open.add(server);
        await Promise.all([pass(client, server), pass(server, client)]);
      }).catch(() => drop(client));
    }
  })();
  const cut = () => [...open].forEach(drop);
  return {
    url: `${protocol}//127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    cut,
    hold: () => gate = Promise.withResolvers(),
    resume: () => gate.resolve(),
    async [Symbol.asyncDispose]() {
      listener.close();
      cut();
      gate.resolve();
      await accepted;
    },
  };
}
