/**
 * What a process that serves needs beside `mod.ts`.
 *
 * @module
 */
export { randomToken } from "./guard_token.ts";
export { type ListenOptions, listenRemote, type RemoteListener } from "./listen_remote.ts";
export { type RemoteLimits, type Served, serveRemoteLink } from "./remote_link_server.ts";
