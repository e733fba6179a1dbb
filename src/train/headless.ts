/**
 * What a page must not load of this room: runs in folders on disk.
 *
 * @module
 */
export { runFolder } from "./run_folder.ts";
