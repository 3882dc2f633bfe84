import { callForFile } from "../api/client.js";
import { Problem } from "../components/parts.js";
import { save } from "../components/save.js";
import { useAction } from "../components/use-action.js";
import { text } from "../i18n/text.js";

const KINDS = { "application/pdf": "pdf", "application/json": "json" } as const;

/** The signed receipt of a completed transfer, to read and to verify. */
export function Receipt({ id }: { id: string }) {
  const t = text().transfer;
  const action = useAction();
  const fetchReceipt = (mediaType: keyof typeof KINDS) =>
    action.run(async () => {
      const content = await callForFile(`/v1/transfers/${id}/receipt`, mediaType);
      save(`receipt-${id.slice(0, 10)}.${KINDS[mediaType]}`, content);
      return undefined;
    });
  return (
    <>
      <button type="button" class="button" disabled={action.busy} onClick={() => void fetchReceipt("application/pdf")}>
        {t.receipt} (PDF)
      </button>
      <button type="button" class="button" disabled={action.busy} onClick={() => void fetchReceipt("application/json")}>
        {t.receipt} (JSON)
      </button>
      {action.error !== undefined && <Problem error={action.error} />}
    </>
  );
}
