/** Guest code: what `import … from "node:test"` gives. */
import { api } from "./test_runner.js";

export const { test, it, describe, suite, before, after, beforeEach, afterEach } = api;
export default test;
