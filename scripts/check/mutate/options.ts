/**
 * - `only`: a source file, a folder, or a target's name; every target, if absent.
 * - `sample`: how many mutants of each target; all, if absent.
 * - `mutants`: numbers in the seed's order, to repeat some.
 * - `out`: a file for the report.
 */
export interface MutateOptions {
  only: string | undefined;
  seed: number;
  sample: number | undefined;
  mutants: readonly number[] | undefined;
  out: string | undefined;
}
