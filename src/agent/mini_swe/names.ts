/**
 * The names of MiniSWE's files, functions and values. Names of files and functions belong to one
 * split each, by their hash, so that no split sees another's.
 *
 * @module
 */
import type { ValueKind } from "./idiom.ts";
import { hashText, type Random } from "./seeded_random.ts";

/** The splits: one to train on, one with what is held out of it, one with whole domains held out. */
export const SPLITS = ["train", "test", "test-hard"] as const;

/** One of {@linkcode SPLITS}. */
export type Split = typeof SPLITS[number];

/** The split that a name of a file or function belongs to: three in five to `train`. */
export function splitOfName(name: string): Split {
  const share = hashText(name) % 100;
  return share < 60 ? "train" : share < 80 ? "test" : "test-hard";
}

/** How files are called: by a word, or by two. */
export const FILE_NAMES = ["words", "pairs"] as const;

/** One of {@linkcode FILE_NAMES}. */
export type FileNames = typeof FILE_NAMES[number];

/** A name for a module's file that is not taken yet, without its extension; of two words, it can end in a given one. */
export function fileName(
  random: Random,
  split: Split,
  taken: ReadonlySet<string>,
  style: FileNames = "words",
  noun?: string,
): string {
  if (style === "pairs") {
    for (;;) {
      const name = random.pick(PLACES) + (noun ?? random.pick(NOUNS));
      if (splitOfName(name) === split && !taken.has(name)) return name;
    }
  }
  const free = PLACES.filter((name) => splitOfName(name) === split && !taken.has(name));
  return random.pick(free);
}

/** A name for a function that is not taken yet, `tallyCrates`; it can end in a given word. */
export function functionName(
  random: Random,
  split: Split,
  taken: ReadonlySet<string>,
  noun?: string,
): string {
  for (;;) {
    const name = random.pick(VERBS) + (noun ?? random.pick(NOUNS));
    if (splitOfName(name) === split && !taken.has(name)) return name;
  }
}

/** A name for a value of this kind, and one for each of its elements. */
export function valueName(random: Random, kind: ValueKind): { name: string; each: string } {
  const name = random.pick(VALUES[kind]);
  return { name, each: name.endsWith("s") ? name.slice(0, -1) : name };
}

/** Names of elements where the value came out of a stage before. */
export const ELEMENTS = ["x", "n", "v", "item", "entry", "one"] as const;

/** Names of values between two stages. */
export const BETWEEN = ["found", "step", "part", "next", "made", "mid"] as const;

/** Names of the field that holds a record's number. */
export const FIELDS = ["cost", "size", "price", "weight", "points", "amount"] as const;

/** The words that texts and lists of words are made of, in arguments of tests. */
export const SAMPLE_WORDS = [
  "ant",
  "bee",
  "tea",
  "oak",
  "fern",
  "rose",
  "stone",
  "river",
  "lantern",
  "apple",
  "sea",
  "net",
] as const;

const VALUES: Readonly<Record<ValueKind, readonly string[]>> = {
  numbers: ["fees", "costs", "scores", "marks", "levels", "counts", "rates", "loads"],
  number: ["amount", "value", "total", "minutes", "units"],
  text: ["text", "line", "phrase", "title"],
  words: ["names", "words", "labels", "tags"],
  records: ["orders", "items", "entries", "parcels"],
  tally: ["stock", "votes", "tally", "ledger"],
  spans: ["spans", "shifts", "visits", "slots"],
  grid: ["grid", "board", "sheet", "map"],
};

const VERBS =
  "tally gather pick sift trim rank weigh merge mark read sort find plan shape hold send count sum split check pack load price rate score list note track fold scan"
    .split(" ");

const NOUNS =
  "Crates Fees Orders Scores Levels Points Rates Teams Bills Seats Rooms Lanes Coins Gifts Cards Ships Trees Lamps Desks Songs Games Waves Stars Rocks Boats Bells Books Farms Pages Roads Tools Boxes Sails Doors Keys Maps Nets Rows Shifts Tides Tracks Walls Wells Yards Loans Meals Notes Parts Plots Posts"
    .split(" ");

const PLACES =
  "harbor market garden museum library station theater clinic factory tower castle valley desert island village temple palace bridge tunnel forest river studio kitchen office school hotel bank shop store cart bakery cellar dock farm ferry gallery garage granary hall hangar hostel inn kiosk lab lighthouse lodge mill mine mint monastery nursery orchard park pier plaza pond port quarry quay ranch reef refinery resort rink saloon sawmill shed shelter shipyard shrine silo spa square stable stadium stall summit tannery tavern terminal trail vault venue vineyard warehouse wharf windmill winery workshop yard zoo arcade archive arena armory attic barn basin bazaar beach brewery cabin camp canal cave chapel cinema circus cottage court cove depot diner dune embassy field forge fort foundry fountain grove gym harvest haven hill hut junction jungle lagoon lake landing lane loft manor marina marsh meadow"
    .split(" ");
