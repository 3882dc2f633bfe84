const MAX_CHARACTERS = 500;

/** What somebody else has said, as PostgreSQL can keep it: without NUL and halves of characters, and not at any length. */
export function storableText(text: string): string {
  return text.slice(0, MAX_CHARACTERS).replaceAll("\0", "").toWellFormed();
}
