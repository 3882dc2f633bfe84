import ts from "typescript";
import { forEachNode, type SourceFile } from "./source-files.js";

// The style asks for around 150 and 40; this is where it stops being a matter of taste.
export const FILE_MAX_LINES = 300;
export const FUNCTION_MAX_LINES = 60;

/** Files that are too long. `reasons`: by path, why one may be. */
export function fileSizeViolations(files: readonly SourceFile[], reasons: Readonly<Record<string, string>>): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ path, lines }) => lines > FILE_MAX_LINES && !(path in reasons))
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

/**
 * Functions that are too long, by their own lines: what functions inside it take is theirs. `reasons`: by path and name, why one may be.
 */
export function functionSizeViolations(files: readonly SourceFile[], reasons: Readonly<Record<string, string>>): string[] {
  return files.flatMap((file) => {
    const found: string[] = [];
    forEachNode(file, (node, source) => {
      if (!ts.isFunctionLike(node) || !("body" in node)) return;
      const lines = ownLines(node, source);
      const name = `${file.path} ${nameOf(node)}`;
      if (lines > FUNCTION_MAX_LINES && !(name in reasons)) found.push(`${name} has ${lines} lines of its own`);
    });
    return found;
  });
}

function ownLines(node: ts.Node, source: ts.SourceFile): number {
  let lines = span(node, source);
  const subtract = (child: ts.Node): void => {
    if (ts.isFunctionLike(child) && span(child, source) > 1) lines -= span(child, source);
    else ts.forEachChild(child, subtract);
  };
  ts.forEachChild(node, subtract);
  return lines;
}

function span(node: ts.Node, source: ts.SourceFile): number {
  const line = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  return line(node.getEnd()) - line(node.getStart(source)) + 1;
}

function nameOf(node: ts.Node): string {
  if ("name" in node && node.name !== undefined) return (node.name as ts.Node).getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : "(anonymous)";
}
