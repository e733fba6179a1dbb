/** Guest code: what `import … from "node:assert/strict"` gives: `node:assert`, comparing strictly. */
import { strict } from "./assert.js";

export * from "node:assert";
export const { deepEqual, equal, notDeepEqual, notEqual } = strict;
export default strict;
