import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** A source file: its path from the project's folder, with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** The TypeScript files under some folders of the project, and files named one by one. */
export function readSourceFiles(...roots: string[]): SourceFile[] {
  const paths = roots.flatMap((root) => (root.endsWith(".ts") ? [root] : filesUnder(root)));
  return paths.map((path) => ({ path: relative(".", path), text: readFileSync(path, "utf8") }));
}

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Calls back for every node of a file. */
export function forEachNode({ path, text }: SourceFile, callback: (node: ts.Node, file: ts.SourceFile) => void): void {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node) => {
    callback(node, file);
    ts.forEachChild(node, visit);
  };
  visit(file);
}
