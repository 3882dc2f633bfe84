import ts from "typescript";
import { forEachNode, type SourceFile } from "./source-files.js";

/** Codes that no source file names: nothing throws them. */
export function unusedCodes(codes: readonly string[], files: readonly SourceFile[]): string[] {
  const named = new Set<string>();
  for (const file of files) {
    forEachNode(file, (node) => {
      if (ts.isStringLiteralLike(node)) named.add(node.text);
    });
  }
  return codes.filter((code) => !named.has(code));
}

/** Codes whose row the document lacks, and rows that say something else than the code's definition. */
export function undocumentedCodes(
  codes: Readonly<Record<string, { status: number; retryable: boolean }>>,
  document: string,
): string[] {
  const rows = new Map<string, string>();
  for (const [, code = "", rest = ""] of document.matchAll(/^\| `([a-z-]+)` \|(.*)\|$/gm)) rows.set(code, rest);
  const lacking = Object.entries(codes)
    .filter(([code, { status, retryable }]) => !rows.get(code)?.startsWith(` ${status} | ${retryable ? "yes" : "no"} | `))
    .map(([code]) => code);
  return [...lacking, ...[...rows.keys()].filter((code) => !(code in codes))];
}
