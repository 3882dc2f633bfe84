import type { Dispatcher } from "undici";
import type { FunctionSecrets } from "../../domain/function-secrets.js";
import { moduleDigest } from "../../domain/module-target.js";
import type { FunctionRow } from "../../store/functions/retries.js";
import type { ModuleHost } from "../../webhooks/module-host.js";
import { sendSigned } from "../../webhooks/send-signed.js";
import type { WebhookResult } from "../../webhooks/send-webhook.js";
import type { EventMessage } from "./post-events.js";

/**
 * How a function is reached: the deployment's own wherever its operator says, somebody else's at public addresses only, modules
 * through the function host.
 * @param deps.own The connections of a function of the deployment.
 * @param deps.guarded The connections of another owner.
 */
export function createFunctionSender(deps: {
  own(name: string): Dispatcher;
  guarded(owner: string): Dispatcher;
  host: ModuleHost | undefined;
  secrets: FunctionSecrets;
  clock: () => number;
}): (fn: FunctionRow, message: EventMessage, signal: AbortSignal) => Promise<WebhookResult> {
  return async (fn, message, signal) => {
    const digest = moduleDigest(fn);
    if (digest !== undefined) {
      if (deps.host !== undefined)
        return await deps.host.deliver({ name: fn.name, principal: fn.owner ?? "", digest }, message, signal);
      return { kind: "retry", error: "this watcher knows no function host: set FUNCTION_HOST_URL", retryAfterMs: undefined };
    }
    const secrets = [fn.secret, ...(fn.previousSecret == null ? [] : [fn.previousSecret])];
    const dispatcher = fn.owner == null ? deps.own(fn.name) : deps.guarded(fn.owner);
    return await sendSigned({ ...deps, dispatcher }, { ...fn, secrets }, message, signal);
  };
}
