/** What `url` begins with where the target is a module; its digest follows. */
export const MODULE_SCHEME = "module:";
