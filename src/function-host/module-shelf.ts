import { createHash } from "node:crypto";

/** The modules that the host has been told, by the digest of their code. */
export interface ModuleShelf {
  has(digest: string): boolean;
  get(digest: string): string | undefined;
  /** Whether the digest is that of the code. */
  put(digest: string, code: string): boolean;
}

// A hundred megabytes at most. What is forgotten is told again.
const MODULES_MAX = 500;

export function createModuleShelf(): ModuleShelf {
  const modules = new Map<string, string>();
  return {
    has: (digest) => modules.has(digest),
    get: (digest) => modules.get(digest),
    put(digest, code) {
      if (digest !== `sha256-${createHash("sha256").update(code, "utf8").digest("hex")}`) return false;
      const [oldest] = modules.keys();
      if (oldest !== undefined && modules.size >= MODULES_MAX) modules.delete(oldest);
      modules.set(digest, code);
      return true;
    },
  };
}
