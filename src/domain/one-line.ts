// Control characters and line and paragraph separators would let somebody write the next line of a statement or a record. Format
// characters turn text around, or cannot be seen (bidi marks, zero-width spaces, tags, soft hyphens); of these only the joiners are
// part of words and emoji.
const FORBIDDEN_PATTERN = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;

/** Whether a text is one line, without control and format characters. */
export function isOneLine(text: string): boolean {
  return !FORBIDDEN_PATTERN.test(text);
}
