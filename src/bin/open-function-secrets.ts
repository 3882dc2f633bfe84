import type { readWatcherConfig } from "../config/config.js";
import { createFunctionSecrets, type FunctionSecrets } from "../domain/function-secrets.js";

type Config = Pick<ReturnType<typeof readWatcherConfig>, "FUNCTION_SECRET_KEYS" | "FUNCTION_SECRET_KEY_VERSION">;

/** The keys that seal functions' secrets; the newest seals, unless another version is named. */
export function openFunctionSecrets(config: Config): FunctionSecrets {
  const keys = new Map(Object.entries(config.FUNCTION_SECRET_KEYS).map(([version, key]) => [Number(version), key]));
  return createFunctionSecrets(keys, config.FUNCTION_SECRET_KEY_VERSION ?? Math.max(...keys.keys()));
}
