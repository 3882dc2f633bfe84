import { toCsv } from "../../domain/csv.js";
import { text } from "../i18n/text.js";

interface DownloadProps {
  name: string;
  header: readonly string[];
  rows: Parameters<typeof toCsv>[1];
}

/** Saves rows as a CSV file, with whole numbers of minor units: a machine's, not formatted for people. */
export function DownloadCsv({ name, header, rows }: DownloadProps) {
  function save(): void {
    const url = URL.createObjectURL(new Blob([toCsv(header, rows)], { type: "text/csv;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  }
  return (
    <button type="button" class="button" onClick={save} disabled={rows.length === 0}>
      {text().common.download}
    </button>
  );
}
