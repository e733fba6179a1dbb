/**
 * A worker that encodes texts, or counts their pieces; see `openTokenizerPool` and
 * `trainTokenizer`.
 *
 * @module
 */
import { serveTokenizer } from "../src/tokenizer/tokenizer_worker.ts";

serveTokenizer();
