/**
 * What a teacher says before it acts. `WHAT` is what the action is about, `FAILING` a test that fails.
 *
 * @module
 */

/** Wordings for each kind of action. */
export const WORDS = {
  list: ["Let me see what files there are.", "First, the layout of the repository."],
  search: [
    "The issue mentions WHAT. Where is it?",
    "Let me find WHAT.",
    "I look for WHAT in the code.",
  ],
  defined: ["WHAT is defined here. Let me read it.", "This file has WHAT."],
  read: ["Let me read WHAT.", "WHAT looks relevant.", "Now WHAT."],
  detour: ["Maybe WHAT plays a part.", "Let me check WHAT as well."],
  reproduce: ["Let me see the failure first.", "I run the tests to reproduce it."],
  expects: [
    "The code alone does not say which value is right. The tests may tell.",
    "What is expected here? Let me run the tests.",
  ],
  write: [
    "WHAT does not do what it should. I fix it.",
    "The mistake is in WHAT.",
    "I see it: WHAT is wrong here.",
  ],
  guess: [
    "I cannot tell the right value from here. I try one, and let the tests speak.",
    "A value in WHAT is off. I guess it, then test.",
  ],
  check: ["Now the tests.", "Let me check that with the tests."],
  revise: [
    "FAILING still fails, so WHAT is not right yet.",
    "That was not it: FAILING fails. I try again in WHAT.",
  ],
  done: ["All tests pass. Done.", "That fixes it."],
  sure: ["This is a small change. I submit it.", "That should be it."],
  unrelated: ["What still fails is not part of this issue.", "The rest is unrelated. I submit."],
  givesUp: ["I cannot find more. I submit what I have.", "That is as far as I get."],
  stuck: ["I do not find the place. I stop here.", "I cannot get further."],
} as const;
