import { today } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { replaceQuery, route } from "../router.js";

const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** The day in the address; today without one. */
export function chosenDay(): string {
  const day = route.value.query.get("day") ?? "";
  return DAY_PATTERN.test(day) ? day : today();
}

/** A day, by UTC. */
export function DayChoice() {
  return (
    <label class="row">
      <span class="note">{text().common.day}</span>
      <input
        type="date"
        value={chosenDay()}
        max={today()}
        onChange={(event) => replaceQuery({ day: event.currentTarget.value || undefined })}
      />
    </label>
  );
}
