import { useEffect, useRef } from "preact/hooks";
import { text } from "../i18n/text.js";

interface ConfirmProps {
  question: string;
  action: string;
  danger?: boolean;
  onAnswer(yes: boolean): void;
}

/** Asks before something that cannot be taken back. Escape says no. */
export function Confirm({ question, action, danger = false, onAnswer }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={() => onAnswer(dialog.current?.returnValue === "yes")} aria-labelledby="question">
      <form method="dialog" class="form">
        <p id="question">{question}</p>
        <div class="row end">
          <button type="submit" class="button" value="no">
            {text().common.cancel}
          </button>
          <button type="submit" class={`button ${danger ? "danger" : "primary"}`} value="yes">
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
