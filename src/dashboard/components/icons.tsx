/** The sign of Event Machine: a state, what leads to it and what follows. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0f6d66" />
      <path d="M7 16h5m8 0h5" stroke="#bfe8e3" stroke-width="2.4" stroke-linecap="round" />
      <circle cx="16" cy="16" r="4.2" fill="none" stroke="#fff" stroke-width="2.4" />
      <path
        d="m22.500 12.500 3.500 3.500-3.500 3.500"
        fill="none"
        stroke="#bfe8e3"
        stroke-width="2.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

/** Two sheets, one over the other. */
export function Copy() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <rect x="2.500" y="2.500" width="8" height="9" rx="1.500" />
      <path d="M5.500 13.500h6a2 2 0 0 0 2-2V6" />
    </svg>
  );
}

export function Check() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="m3 8.500 3.500 3.500L13 5" />
    </svg>
  );
}
