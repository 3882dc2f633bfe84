import type { SourceMutant } from "./instrument.js";

/** A mutant that no test of behaviour can notice: by its file, its code before and after, and the reason. */
interface Equivalent {
  file: string;
  original: string;
  replacement: string;
  reason: string;
}

/** They count neither as killed nor as survived. */
export const EQUIVALENT: readonly Equivalent[] = [];

export function reasonOfEquivalence({ file, original, replacement }: SourceMutant): string | undefined {
  return EQUIVALENT.find((one) => one.file === file && one.original === original && one.replacement === replacement)?.reason;
}
