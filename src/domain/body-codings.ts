import { AppError } from "./app-error.js";

/**
 * Refuses a request whose body is in a coding that we do not undo: its bytes would be taken for what they are not.
 *
 * @throws AppError `unsupported-media-type` for a content coding (RFC 9110 section 8.4), `transfer-coding-unknown` for a transfer coding
 *   other than `chunked` (RFC 9112 section 6.1)
 */
export function checkBodyCodings(headers: {
  "content-encoding"?: string | undefined;
  "transfer-encoding"?: string | undefined;
}): void {
  if (codings(headers["transfer-encoding"]).some((coding) => coding !== "chunked")) {
    throw new AppError("transfer-coding-unknown", "Send the body with a Content-Length, or in chunks.");
  }
  if (codings(headers["content-encoding"]).some((coding) => coding !== "identity")) {
    throw new AppError("unsupported-media-type", "Send the body without a Content-Encoding.");
  }
}

function codings(header: string | undefined): string[] {
  return (header ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "");
}
