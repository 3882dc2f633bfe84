/** The auditor's page: its text, and its tables' rows, cell by cell, the heading first. */
export interface Page {
  text: string;
  tables: string[][][];
}

/** Reads a page of Markdown. */
export function readPage(text: string): Page {
  const tables = text
    .split(/\n(?!\|)/)
    .map((part) => part.split("\n").filter((line) => line.startsWith("|")))
    .filter((lines) => lines.length > 2)
    .map(([heading = "", , ...rows]) => [heading, ...rows].map(cellsOf));
  return { text, tables };
}

/** The rows of the table whose heading begins with these cells. */
export function rowsOf(page: Page, ...heading: string[]): string[][] {
  const found = page.tables.filter(([first = []]) => heading.every((cell, index) => first[index] === cell));
  if (found.length !== 1) throw new Error(`The page has ${found.length} tables with the heading ${heading.join(", ")}`);
  return found[0]?.slice(1) ?? [];
}

/** What stands in backquotes, in order. */
export function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** What stands in backquotes with a number after it, and that number. */
export function numbersAfter(cell: string): [string, number][] {
  return [...cell.matchAll(/`([^`]+)` (\d+)/g)].map(([, name = "", count]) => [name, Number(count)]);
}

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
