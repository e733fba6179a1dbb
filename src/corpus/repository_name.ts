/**
 * What a repository is called, as far as the place tells where it was found.
 *
 * @module
 */

/** `owner/name` of a URL, else the last part of a path. */
export function repositoryName(source: string): string {
  const parts = source.replace(/[/\\]+$/, "").replace(/(\/\.git|\.git|\.bundle)$/, "")
    .split(/[/\\]/);
  return /^https?:\/\//.test(source) ? parts.slice(-2).join("/") : parts.at(-1) || source;
}
