/**
 * What a page must not load of this room: files.
 *
 * @module
 */

export { tuningFile } from "./tuning_file.ts";
