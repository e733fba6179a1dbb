/**
 * What the paper found, to stand beside what was found here: daVinci-Dev (arXiv 2601.18418 v2), tables
 * 1, 3 and 4 and figure 4. SWE-bench Verified with SWE-agent at temperature 0, the mean of four runs.
 *
 * @module
 */

/** Resolved, in percent, with the two sizes of Qwen2.5. */
export interface PaperRate {
  /** Of 32B; null where the paper has none. */
  readonly small: number | null;
  /** Of 72B. */
  readonly large: number | null;
}

/** A row of tables 1 and 4, by the names that presets of this lab have for the data. */
export interface PaperRow extends PaperRate {
  readonly mid: string;
  readonly sft: string;
  /** What the paper says it was trained on. */
  readonly data: string;
  /** Tokens of mid-training; 0 for none. */
  readonly midTokens: number;
  /** How it differs from what stands beside it here. */
  readonly note?: string;
}

/** Where all of it is from. */
export const PAPER = "daVinci-Dev, arXiv 2601.18418 v2";

/** Table 1: recipes, with weak (SWE-smith) and strong (D_env_pass) fine-tuning. */
export const PAPER_TABLE_1: readonly PaperRow[] = [
  { mid: "none", sft: "weak", data: "SWE-smith", midTokens: 0, small: 34.8, large: 38.0 },
  { mid: "none", sft: "strong", data: "D_env_pass", midTokens: 0, small: 53.0, large: 56.6 },
  {
    mid: "factorized",
    sft: "weak",
    data: "AgentlessMT, SWE-smith",
    midTokens: 150e9,
    small: null,
    large: 46.0,
    note:
      "read off a figure of Kimi-Dev (arXiv 2509.23045); the other rows are of the paper itself",
  },
  {
    mid: "factorized",
    sft: "strong",
    data: "AgentlessMT, AgentlessRL, D_env_pass",
    midTokens: 150e9,
    small: null,
    large: 56.2,
    note: "from the published Kimi-Dev-72B, which had reinforcement learning as well",
  },
  {
    mid: "ctx",
    sft: "weak",
    data: "D_ctx, SWE-smith",
    midTokens: 68.6e9,
    small: 39.5,
    large: 46.4,
  },
  {
    mid: "ctx",
    sft: "strong",
    data: "D_ctx, D_env_pass",
    midTokens: 68.6e9,
    small: 54.1,
    large: 58.2,
  },
  {
    mid: "ctx+env",
    sft: "strong",
    data: "D_ctx + D_env, D_env_pass",
    midTokens: 73.1e9,
    small: 56.1,
    large: 58.5,
  },
];

/** Table 4: what each kind of data adds. */
export const PAPER_TABLE_4: readonly PaperRow[] = [
  { mid: "env", sft: "none", data: "D_env", midTokens: 4.5e9, small: 43.7, large: 47.1 },
  {
    mid: "ctx+env",
    sft: "none",
    data: "D_env + D_ctx_py",
    midTokens: 46.4e9,
    small: 49.9,
    large: 54.8,
  },
  {
    mid: "ctx",
    sft: "strong",
    data: "D_ctx_py, D_env_pass",
    midTokens: 41.9e9,
    small: 52.9,
    large: 56.5,
  },
  {
    mid: "ctx+env",
    sft: "strong",
    data: "D_env + D_ctx_py, D_env_pass",
    midTokens: 46.4e9,
    small: 53.6,
    large: 57.8,
  },
];

/** Table 3, the rows with a counterpart here: a score of the base, and after mid-training. */
export const PAPER_TABLE_3 = [
  {
    here: "humanEval",
    paper: "HumanEval",
    small: [58.16, 81.42],
    large: [64.27, 76.73],
  },
  {
    here: "choices",
    paper: "GPQA-Main",
    small: [38.17, 38.84],
    large: [43.30, 44.87],
  },
] as const;

/**
 * Figure 4: resolved (0 to 1) without fine-tuning by steps of mid-training on D_ctx_py + D_env, which
 * have 46.4e9 tokens. Digitised from the figure, ± 0.003; the fits are the figure's lines.
 */
export const PAPER_FIGURE_4 = {
  points: [
    { step: 10, large: 0.02, small: 0.022 },
    { step: 30, large: 0.179, small: 0 },
    { step: 100, large: 0.401, small: 0.316 },
    { step: 300, large: 0.405, small: 0.395 },
    { step: 500, large: 0.411, small: 0.397 },
    { step: 1000, large: 0.46, small: 0.447 },
    { step: 1500, large: 0.482, small: 0.433 },
    { step: 2000, large: 0.5, small: 0.469 },
    { step: 2500, large: 0.498, small: 0.455 },
    { step: 3000, large: 0.5, small: 0.475 },
    { step: 3500, large: 0.524, small: 0.482 },
    { step: 4000, large: 0.532, small: 0.495 },
    { step: 4500, large: 0.508, small: 0.487 },
    { step: 5000, large: 0.534, small: 0.496 },
    { step: 5350, large: 0.548, small: 0.499 },
  ],
  fits: {
    large: { slope: 0.163, intercept: -0.046, r2: 0.9 },
    small: { slope: 0.178, intercept: -0.134, r2: 0.89 },
  },
} as const;
