import { text } from "../i18n/text.js";
import { gaps, sequence, streamState } from "../live/live.js";

/** Whether the page is live, and up to which event. */
export function LiveStatus() {
  const t = text().live;
  const state = streamState.value;
  if (state === "off") return null;
  const words = { live: t.live, connecting: t.connecting, resuming: t.resuming, paused: t.paused }[state];
  return (
    <span
      class={`live ${state === "live" ? "tone-good" : "tone-warn"}`}
      title={sequence.value === undefined ? t.title : `${t.title} (${t.at(sequence.value)})`}
      data-testid="live"
      data-state={state}
      data-sequence={sequence.value ?? ""}
      data-gaps={gaps.value}
      role="status"
    >
      {words}
    </span>
  );
}
