/**
 * Repositories whose history must not be trained on: a benchmark is made of their pull requests.
 *
 * @see https://openai.com/index/introducing-swe-bench-verified/
 * @module
 */

/** The repositories of SWE-Bench Verified. */
export const SWE_BENCH_VERIFIED = [
  "astropy/astropy",
  "django/django",
  "matplotlib/matplotlib",
  "mwaskom/seaborn",
  "pallets/flask",
  "psf/requests",
  "pydata/xarray",
  "pylint-dev/pylint",
  "pytest-dev/pytest",
  "scikit-learn/scikit-learn",
  "sphinx-doc/sphinx",
  "sympy/sympy",
] as const;

/**
 * The benchmark repository that `name` stands for, if it does. A name without owner, as a local clone
 * has, stands for every repository of that name: it is better to lose one than to train on the test.
 */
export function findBenchmark(
  name: string,
  repositories: readonly string[] = SWE_BENCH_VERIFIED,
): string | undefined {
  const wanted = name.toLowerCase();
  return repositories.find((repository) => {
    const known = repository.toLowerCase();
    return known === wanted || (!wanted.includes("/") && known.split("/")[1] === wanted);
  });
}
