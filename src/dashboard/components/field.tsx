import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  value: string;
  onInput(value: string): void;
  hint?: string;
  wrong?: string | undefined;
  inputMode?: "decimal" | "tel" | "url";
}

/** A field with its name, a hint, and what is wrong with what is in it. */
export function Field({ label, value, onInput, hint, wrong, inputMode }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        value={value}
        {...(inputMode && { inputMode })}
        autoComplete="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-hint`}
      />
      <span id={`${id}-hint`} class={wrong === undefined ? "hint" : "wrong"}>
        {wrong ?? hint}
      </span>
    </div>
  );
}
