/**
 * What a page must not load of this room: folders of packed tokens.
 *
 * @module
 */
export { openPackedFolder } from "./packed_folder.ts";
