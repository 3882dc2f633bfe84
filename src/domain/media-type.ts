/** The media type of a `Content-Type` header (RFC 9110 section 8.3.1): in lower case, without its parameters. */
export function mediaTypeOf(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Whether an `Accept` header names a media type and does not refuse it by `q=0` (RFC 9110 section 12.5.1). Wildcards do not count. */
export function acceptsByName(header: string | undefined, mediaType: string): boolean {
  return (header ?? "")
    .split(",")
    .some((range) => mediaTypeOf(range) === mediaType && !/;\s*q=0(?:\.0{0,3})?\s*(?:;|$)/i.test(range));
}
