import ts from "typescript";
import { forEachNode, type SourceFile } from "./source-files.js";

/**
 * Files that read the time of day, and the fact that each needs it for. Pauses and ages within a process go by `performance.now()`, which
 * no step of the clock moves.
 */
export const WALL_CLOCK_FILES: Record<string, string> = {
  "src/banks/web/web-connector.ts": "the days of a bank's statement, and when a posting was sent, which the store keeps",
  "src/banks/simulators/web/web-server.ts": "the day of a statement, unless one is asked for",
  "src/bin/api.ts": "when a transfer was accepted, its deadline, when a key expires",
  "src/bin/wiring/api-functions.ts": "the timestamp in a webhook's signature",
  "src/bin/bank-simulator.ts": "when a posting was booked",
  "src/bin/wiring/function-targets.ts": "the timestamp in a webhook's signature",
  "src/bin/watcher.ts": "the timestamp in a webhook's signature, when a request was made, which day is today",
  "src/bin/web-bank-simulator.ts": "when a posting was booked",
  "src/banks/bank-http.ts": "the date in a Retry-After header",
  "src/client/pause.ts": "the date in a Retry-After header",
  "src/dashboard/i18n/format.ts": "which day is today",
  "src/dashboard/live/now.ts": "the second that a chart ends with",
  "src/telemetry/trace-services.ts": "when a span began",
  "src/watcher/follow/block-range-reader.ts": "when a span began",
};

/** Places that read the time of day in files that have no reason for it, and files that have a reason and do not read it. */
export function clockViolations(files: readonly SourceFile[], reasons: Readonly<Record<string, string>>): string[] {
  const readers = new Set<string>();
  const found: string[] = [];
  for (const file of files) {
    forEachNode(file, (node, source) => {
      if (!readsTimeOfDay(node)) return;
      readers.add(file.path);
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (reasons[file.path] === undefined) found.push(`${file.path}:${line + 1} reads the time of day`);
    });
  }
  const idle = Object.keys(reasons).filter((path) => !readers.has(path));
  return [...found, ...idle.map((path) => `${path} does not read the time of day`)];
}

function readsTimeOfDay(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === "now" && isDate(node.expression);
  if (ts.isNewExpression(node)) return isDate(node.expression) && (node.arguments?.length ?? 0) === 0;
  return ts.isCallExpression(node) && isDate(node.expression);
}

function isDate(expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression)) return expression.text === "Date";
  return ts.isPropertyAccessExpression(expression) && expression.name.text === "Date";
}
