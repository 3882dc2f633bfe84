import { effect, signal } from "@preact/signals";
import { activity } from "./live.js";

/**
 * The present second of the chain: by this machine's clock, or later where blocks have come with later times. It moves once a second,
 * and with it what is drawn by time.
 */
export const now = signal(Math.floor(Date.now() / 1_000));

const SECOND_MS = 1_000;

export function runClock(): void {
  const tick = () => {
    // One second after the newest block: that block's second may not be over.
    now.value = Math.max(Math.floor(Date.now() / SECOND_MS), activity.value?.newestSecond() ?? 0);
  };
  setInterval(() => {
    if (document.visibilityState === "visible") tick();
  }, SECOND_MS);
  effect(tick);
}
