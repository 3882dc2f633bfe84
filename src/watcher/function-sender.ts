import type { Dispatcher } from "undici";
import { type FunctionRow, moduleDigest } from "../store/deliveries.js";
import type { ModuleHost } from "../webhooks/module-host.js";
import { sendWebhook, type WebhookResult } from "../webhooks/send-webhook.js";
import type { EventMessage } from "./post-events.js";

/**
 * How a function is reached: the deployment's own wherever its operator says, somebody else's at public addresses only, modules
 * through the function host.
 */
export function createFunctionSender(deps: {
  dispatcher: Dispatcher;
  guarded: Dispatcher;
  host: ModuleHost | undefined;
  clock: () => number;
}): (fn: FunctionRow, message: EventMessage) => Promise<WebhookResult> {
  return async (fn, message) => {
    const digest = moduleDigest(fn);
    if (digest !== undefined) {
      if (deps.host !== undefined) return await deps.host.deliver({ name: fn.name, principal: fn.owner ?? "", digest }, message);
      return { kind: "retry", error: "this watcher knows no function host: set FUNCTION_HOST_URL", retryAfterMs: undefined };
    }
    const secrets = [fn.secret, ...(fn.previousSecret == null ? [] : [fn.previousSecret])];
    const dispatcher = fn.owner == null ? deps.dispatcher : deps.guarded;
    return await sendWebhook({ dispatcher, clock: deps.clock }, { url: fn.url, secrets }, message);
  };
}
