/**
 * Names to be written twice: what an agent does with each path that it has seen. A base model that has not
 * learned it loses every task by a slip in a name, whatever it was trained on since.
 *
 * @module
 */
import { fileName, type FileNames, functionName, type Random, seededRandom } from "../agent/mod.ts";
import { type LabDocument, labDocument } from "./lab_document.ts";
import { ENDED, opened, type TurnFormat, userTurn } from "./turns.ts";

/**
 * The name of a file or a function: one of those trained on, or one that no repository has. Names of two
 * words end in `noun`, where one is given.
 */
export function randomName(
  random: Random,
  format: TurnFormat,
  style?: FileNames,
  noun?: string,
): string {
  if (random.chance(0.5)) {
    if (random.chance(0.5)) return functionName(random, "train", new Set(), noun);
    const place = fileName(random, "train", new Set(), style, noun);
    return format === "short" ? place : `src/${place}.js`;
  }
  const syllable = () => random.pick([..."bcdfghklmnprstvw"]) + random.pick([..."aeiou"]);
  const word = () => Array.from({ length: random.int(1, 3) }, syllable).join("");
  const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
  if (random.chance(0.5)) return `${word()}${noun ?? capital(word())}`;
  return format === "short" ? word() : `src/${word()}.js`;
}

/** The share of names that end as one before them does. */
const ALIKE = 0.25;

/**
 * Random names and, below, the same names. Some end alike: who goes by the last word alone then loses
 * its place.
 */
export function copyDocuments(
  count: number,
  seed: string,
  format: TurnFormat,
  style?: FileNames,
): LabDocument[] {
  const random = seededRandom(`copy ${seed}`);
  return Array.from({ length: count }, (_, i) => {
    const names = new Set<string>();
    for (let n = random.int(2, 8); n > 0; n--) {
      const like = names.size > 0 && random.chance(ALIKE) ? random.pick([...names]) : "";
      names.add(randomName(random, format, style, /[A-Z][a-z]+(?=(\.js)?$)/.exec(like)?.[0]));
    }
    const text = [...names].join("\n");
    return labDocument(`copy ${i}`, [
      ...userTurn(format, { role: "problem", text }),
      opened(format),
      { role: "action", text },
      ENDED,
    ]);
  });
}
