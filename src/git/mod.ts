/**
 * Repositories and their history.
 *
 * @module
 */
export { GitError, type GitErrorCode } from "./git_error.ts";
export type { Commit, LogOptions, Signature } from "./history.ts";
export { type LfsPointer, parseLfsPointer } from "./lfs.ts";
export { MAX_OBJECT_BYTES } from "./packs/limits.ts";
export {
  openingStopped,
  type OpenOptions,
  openRepository,
  type RepositorySource,
} from "./open_repository.ts";
export {
  type FilePatch,
  filePatch,
  MAX_PATCH_BYTES,
  type Omission,
  type PatchOptions,
  textOfBlob,
} from "./patch.ts";
export { diffLines, type LineEdit, linesOf } from "./line_diff.ts";
export { decodePath, encodePath, quotePath } from "./path_text.ts";
export type { RenameOptions } from "./renames.ts";
export type { ChangeOptions, ReadOptions, Repository } from "./repository.ts";
export { type GitFs, openStorage, type Storage } from "./storage.ts";
export type { FileMode, TreeFile } from "./tree.ts";
export type { FileChange } from "./tree_changes.ts";
export { type WalkedCommit, walkHistory, type WalkOptions } from "./walk_history.ts";
export { type NewCommit, writeHistory, type WrittenHistory } from "./write_history.ts";
