import { posix } from "node:path";
import { specifiersOf } from "./import-rules.js";
import type { SourceFile } from "./source-files.js";

/** Circles of imports among the files, type imports included: each as the files of one circle, in alphabetical order. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const graph = importGraph(files);
  return stronglyConnected(graph).filter((group) => group.length > 1 || graph.get(group[0] ?? "")?.includes(group[0] ?? ""));
}

function importGraph(files: readonly SourceFile[]): Map<string, string[]> {
  const known = new Set(files.map(({ path }) => path));
  const locate = (from: string, specifier: string): string | undefined => {
    const base = posix.join(posix.dirname(from), specifier).replace(/\.js$/, "");
    return [`${base}.ts`, `${base}.tsx`].find((path) => known.has(path));
  };
  const imports = (file: SourceFile) =>
    specifiersOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => locate(file.path, specifier))
      .filter((path) => path !== undefined);
  return new Map(files.map((file) => [file.path, imports(file)]));
}

/** Tarjan's algorithm: groups of nodes that reach one another. */
function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const open = new Set<string>();
  const groups: string[][] = [];
  const visit = (node: string): void => {
    const own = index.size;
    index.set(node, own);
    low.set(node, own);
    stack.push(node);
    open.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (open.has(next)) low.set(node, Math.min(low.get(node) ?? own, low.get(next) ?? own));
    }
    if (low.get(node) !== own) return;
    const group = stack.splice(stack.indexOf(node));
    for (const member of group) open.delete(member);
    groups.push(group.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return groups;
}
