/** Rows as CSV (RFC 4180). `text`: somebody else's words, which are quoted, and which no spreadsheet takes for a formula. */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number | { text: string })[])[]): string {
  const lines = rows.map((row) => row.map((cell) => (typeof cell === "object" ? quote(cell.text) : String(cell))).join(","));
  return `${[header.join(","), ...lines].join("\r\n")}\r\n`;
}

function quote(text: string): string {
  return text === "" ? "" : `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
}
