/**
 * Generation of text: prompts and stop strings instead of tokens, text as it becomes certain.
 *
 * @module
 */

import type { TokenGenerator } from "./generator.ts";
import type { Generated, GenerateOptions } from "./sequence.ts";

/** What turns text into tokens and back; a `Tokenizer` does. */
export interface TextCodec {
  encode(text: string): ArrayLike<number>;
  decode(tokens: Iterable<number>): string;
}

/** What is generated, and how: as for tokens, with text. */
export interface GenerateTextOptions extends Omit<GenerateOptions, "prompts" | "stop" | "onToken"> {
  readonly prompts: readonly string[];
  /** Texts that end a sequence, even across tokens; they are no part of it. */
  readonly stop?: readonly string[];
  /** Told each piece of text once nothing can change it any more. */
  readonly onText?: (sequence: number, text: string) => void;
}

/** What follows a prompt. */
export interface GeneratedText extends Generated {
  readonly text: string;
}

/**
 * Goes on with each prompt until it ends.
 *
 * @throws {ModelError} As `generate`.
 */
export async function generateText(
  generator: TokenGenerator,
  codec: TextCodec,
  { prompts, stop = [], onText, ...options }: GenerateTextOptions,
): Promise<GeneratedText[]> {
  const texts = prompts.map((_, i) => createTextStream(codec, stop, (text) => onText?.(i, text)));
  const generated = await generator.generate({
    ...options,
    prompts: prompts.map((prompt) => codec.encode(prompt)),
    stop: (sequence, tokens) => texts[sequence]?.take(tokens.at(-1) ?? 0) ?? false,
  });
  return generated.map((each, i) => ({ ...each, text: texts[i]?.end() ?? "" }));
}

/** Text that grows token by token. */
interface TextStream {
  /** True where a stop string is complete. */
  take(token: number): boolean;
  /** All of the text, the rest of which is told. */
  end(): string;
}

function createTextStream(
  codec: TextCodec,
  stop: readonly string[],
  onText: (text: string) => void,
): TextStream {
  let text = "";
  let told = 0;
  let open: number[] = [];
  let stopped = false;

  function tell(end: number): void {
    if (end <= told) return;
    onText(text.slice(told, end));
    told = end;
  }

  function close(): void {
    text += codec.decode(open);
    open = [];
  }

  return {
    take(token) {
      open.push(token);
      // A character may be spread over several tokens; one of UTF-8 has four bytes at most.
      if (codec.decode(open).endsWith("\ufffd") && open.length < 4) return false;
      const before = text.length;
      close();
      const found = stop.map((word) => word && text.indexOf(word, before - word.length + 1))
        .filter((at) => typeof at === "number" && at >= 0);
      if (found.length > 0) {
        text = text.slice(0, Math.min(...found.map(Number)));
        stopped = true;
        return true;
      }
      tell(text.length - pendingLength(text, stop));
      return false;
    },
    end() {
      if (!stopped) close();
      tell(text.length);
      return text;
    },
  };
}

/** How much of the end of `text` may be the beginning of a stop string. */
function pendingLength(text: string, stop: readonly string[]): number {
  return Math.max(
    0,
    ...stop.map((word) => {
      for (let length = Math.min(word.length - 1, text.length); length > 0; length--) {
        if (text.endsWith(word.slice(0, length))) return length;
      }
      return 0;
    }),
  );
}
