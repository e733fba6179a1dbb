/**
 * What a process that serves needs beside `mod.ts`.
 *
 * @module
 */
export { type ListenOptions, listenRemote, type RemoteListener } from "./listen_remote.ts";
