import type { FastifyBaseLogger } from "fastify";
import type { FunctionSecrets } from "../../domain/function-secrets.js";
import type { Store } from "../../store/open-store.js";
import { openApiFunctions } from "./api-functions.js";
import { openReaders } from "./api-readers.js";

/** What the API has of the store: transfers and events of one domain, and the registry of functions with their targets. */
export async function openApiStore(
  deps: { store: Store; logger: FastifyBaseLogger; secrets: FunctionSecrets },
  domain: string,
  config: Parameters<typeof openApiFunctions>[1],
) {
  const { functions, close: closeFunctions } = openApiFunctions({ db: deps.store.db, ...deps }, config);
  const { readers, close: closeReaders } = await openReaders(deps.store, domain);
  return {
    readers: { ...readers, ...functions },
    async close() {
      await closeFunctions();
      await closeReaders();
    },
  };
}
