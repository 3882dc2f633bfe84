import type { Logger } from "pino";
import type { readWatcherConfig } from "../../config/config.js";
import { createFunctionSecrets, type FunctionSecrets } from "../../domain/function-secrets.js";
import { renewSecrets } from "../../store/functions/function-registry.js";
import { openStore, type Store } from "../../store/open-store.js";
import type { Db } from "../../store/schema.js";

type Config = Pick<ReturnType<typeof readWatcherConfig>, "FUNCTION_SECRET_KEYS" | "FUNCTION_SECRET_KEY_VERSION">;

/** The keys that seal functions' secrets; the newest seals, unless another version is named. */
export function openFunctionSecrets(config: Config): FunctionSecrets {
  const keys = new Map(Object.entries(config.FUNCTION_SECRET_KEYS).map(([version, key]) => [Number(version), key]));
  return createFunctionSecrets(keys, config.FUNCTION_SECRET_KEY_VERSION ?? Math.max(...keys.keys()));
}

/**
 * Opens the store, with the keys of functions' secrets. Each preparation of a store seals anew what an older key has sealed.
 *
 * @param fill What the service puts into a store besides.
 * @throws AppError `config-invalid` where a stored secret is sealed with a key that is missing
 */
export async function openSealedStore(
  config: Parameters<typeof openFunctionSecrets>[0] & { DATABASE_URL: string },
  logger: Logger,
  fill: (db: Db) => Promise<void> = async () => undefined,
): Promise<{ store: Store; secrets: FunctionSecrets }> {
  const store = openStore(config.DATABASE_URL, logger);
  const secrets = openFunctionSecrets(config);
  await store.prepare(async (db) => {
    await renewSecrets(db, secrets);
    await fill(db);
  });
  return { store, secrets };
}
