import { toCsv } from "../../domain/csv.js";
import { text } from "../i18n/text.js";
import { save } from "./save.js";

interface DownloadProps {
  name: string;
  header: readonly string[];
  rows: Parameters<typeof toCsv>[1];
}

/** Saves rows as a CSV file, with whole numbers of minor units: a machine's, not formatted for people. */
export function DownloadCsv({ name, header, rows }: DownloadProps) {
  const download = () => save(name, new Blob([toCsv(header, rows)], { type: "text/csv;charset=utf-8" }));
  return (
    <button type="button" class="button" onClick={download} disabled={rows.length === 0}>
      {text().common.download}
    </button>
  );
}
