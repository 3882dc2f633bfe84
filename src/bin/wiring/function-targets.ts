import { Agent } from "undici";
import type { readWatcherConfig } from "../../config/config.js";
import { readModule } from "../../store/functions/function-registry.js";
import { onStore } from "../../store/open-store.js";
import type { Db } from "../../store/schema.js";
import { createModuleHost } from "../../webhooks/module-host.js";
import { createTargetGuard } from "../../webhooks/target-guard.js";

type Config = Pick<
  ReturnType<typeof readWatcherConfig>,
  "FUNCTION_TARGET_NETWORKS" | "FUNCTION_HOST_URL" | "FUNCTION_HOST_SOCKET" | "FUNCTION_HOST_TOKEN"
>;

// As many as an owner's requests may be under way, so that none waits for a connection.
const CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 5_000;

/** What functions that the API registered are reached through: public addresses, and the host of modules if there is one. */
export function openFunctionTargets(db: Db, config: Config) {
  const guard = createTargetGuard(
    {},
    { allowed: config.FUNCTION_TARGET_NETWORKS, connections: CONNECTIONS, connectTimeoutMs: CONNECT_TIMEOUT_MS },
  );
  const { FUNCTION_HOST_SOCKET: socketPath } = config;
  const hostAgent = new Agent(socketPath === "" ? {} : { connect: { socketPath } });
  const codeOf = async (digest: string) => (await onStore(() => readModule(db, digest)))?.code;
  const { FUNCTION_HOST_URL: url, FUNCTION_HOST_TOKEN: token } = config;
  const host = url === "" ? undefined : createModuleHost({ dispatcher: hostAgent, clock: Date.now, codeOf }, { url, token });
  return {
    guard,
    guarded: guard.dispatcherOf,
    host,
    async close() {
      await Promise.all([guard.destroy(), hostAgent.destroy()]);
    },
  };
}
