/**
 * Options that several commands share.
 *
 * @module
 */
import { InvalidArgumentError, Option } from "commander";
import { PARAMETER_STORAGES } from "../tensor/mod.ts";

/** What the argument SOURCE may be. */
export const SOURCE = "file, folder, .bundle or git URL, with optional #path and @revision";

export function jsonOption(): Option {
  return new Option("--json", "print one JSON document and nothing else");
}

export function historyOption(): Option {
  return new Option("--history", "read commits as contextual trajectories, instead of files");
}

/** How a model's weights are stored while it is used; `otherwise` is told of what has no default. */
export function weightsOption(otherwise = ""): Option {
  const told = `what matrices are stored as: f16 takes half the memory${otherwise}`;
  return new Option("--weights <format>", told).choices(PARAMETER_STORAGES);
}

export function limitOption(): Option {
  return new Option("--limit <n>", "with --history: at most n commits, newest first")
    .argParser(wholeNumber(1));
}

/** A parser of whole numbers from `least` up, which quotes what it refuses. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new InvalidArgumentError(`Not a whole number, ${range}: ${JSON.stringify(text)}.`);
  };
}
