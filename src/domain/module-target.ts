/** The beginning of a function's `url` whose target is a module; the module's digest follows. */
export const MODULE_SCHEME = "module:";

/** The digest of the module that a function has for a target; `undefined` for a function at a URL. */
export function moduleDigest({ url }: { url: string }): string | undefined {
  return url.startsWith(MODULE_SCHEME) ? url.slice(MODULE_SCHEME.length) : undefined;
}
