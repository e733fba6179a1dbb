/**
 * What a page must not load of this room: folders of packed tokens.
 *
 * @module
 */
export { openPackedFolder, writePackedFolder } from "./packed_folder.ts";
export { spoolStore } from "./token_spool.ts";
