import { createApi } from "../../../src/api/app.js";
import { openApiFunctions } from "../../../src/bin/wiring/api-functions.js";
import { openStore } from "../../../src/store/open-store.js";
import { createFakeDeps } from "../../../tools/api-fakes/fake-deps.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { SILENT } from "../../../tools/support/logger.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { createStoreDatabase } from "../../support/postgres.js";
import { expectJson } from "../api-under-test.js";

export interface FunctionAnswer {
  name: string;
  secret: string;
  filter: Record<string, string>;
  types: string[];
  enabled: boolean;
  url?: string;
}

export const COMPLETED = ["eventmachine.transfer.completed"];

/**
 * The API with a registry of functions on a real store, of its own; only what lies behind the other resources is not real. `alice` and
 * `bob` may register and invoke, the operator sees all.
 */
export async function startFunctionsApi() {
  const store = openStore(await createStoreDatabase(), SILENT);
  const receiver = await startReceiver();
  const deps = await createFakeDeps();
  const alice = deps.principals.get("alice-key");
  if (alice === undefined) throw new Error("There is no alice");
  const scopes = [...alice.scopes, "functions:write", "functions:invoke"];
  deps.principals.set("alice-key", { ...alice, scopes });
  deps.principals.set("bob-key", { ...alice, id: "bob", scopes });
  deps.principals.set("operator-key", { ...alice, id: "operator", scopes: [...scopes, "transfers:read-any"] });
  const opened = openApiFunctions(
    { db: store.db, logger: SILENT, secrets: TEST_SECRETS },
    {
      FUNCTION_TARGET_NETWORKS: [{ address: "127.0.0.1", prefix: 32, family: "ipv4" }],
      FUNCTION_HOST_URL: "",
      FUNCTION_HOST_SOCKET: "",
      FUNCTION_HOST_TOKEN: "",
    },
  );
  const api = createApi({ ...deps, ...opened.functions });
  await api.ready();

  function send(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown, key = "alice-key", prefer?: string) {
    return api.inject({
      method,
      url: `/v1/functions${path}`,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(prefer !== undefined && { prefer }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
  }

  /** Registers `premiums`, at a receiver. */
  async function create(more: object = {}, key?: string): Promise<FunctionAnswer> {
    return expectJson(await send("POST", "", { name: "premiums", url: receiver.url, types: COMPLETED, ...more }, key), 201);
  }

  return {
    store,
    receiver,
    send,
    create,
    /** Forgets all functions, and what the receiver has got and answers. */
    async reset() {
      await store.db.deleteFrom("functions").execute();
      receiver.deliveries.length = 0;
      receiver.answer = () => ({ status: 200 });
    },
    async close() {
      await api.close();
      await opened.close();
      await receiver.close();
      await store.close();
    },
  };
}
