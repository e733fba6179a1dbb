/** The victim in a page. */
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import { sufferReplies } from "./socket_hostile.ts";

Object.assign(globalThis, {
  suffer: (url: string, token: string) => sufferReplies(openRemoteLink, url, { token }),
});
