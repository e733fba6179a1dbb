/**
 * Numbers as people read them, the same in every chart and viewer. English, whatever the machine's
 * language is, so that exports are the same everywhere.
 *
 * @module
 */

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `12345` is `12,345`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** `12345` is `12.3K`, `68600000000` is `68.6B`: thousands, not 1,024s. */
export function formatShort(count: number): string {
  return SHORT.format(count);
}

/** `12,345 tokens`, `1 token`. */
export function formatQuantity(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A power of two as context lengths are told: `32768` is `32k`; any other number as it is. */
export function formatContext(tokens: number): string {
  return tokens >= 1024 && tokens % 1024 === 0 ? `${formatCount(tokens / 1024)}k` : `${tokens}`;
}

/** A share of 0 to 1 as `42%`; under 1% with two digits, so that `0.0031` is `0.31%`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return "0%";
  if (percent < 0.01) return "<0.01%";
  return `${percent < 1 ? Number(percent.toPrecision(2)) : Number(percent.toFixed(1))}%`;
}

/** `30800000` is `30.8 MB`. */
export function formatBytes(sizeBytes: number): string {
  const power = sizeBytes < 1000
    ? 0
    : Math.min(Math.floor(Math.log10(sizeBytes) / 3), BYTE_UNITS.length - 1);
  const size = sizeBytes / 1000 ** power;
  return `${power > 0 && size < 100 ? size.toFixed(1) : Math.round(size)} ${BYTE_UNITS[power]}`;
}
