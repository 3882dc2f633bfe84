import type { Dispatcher } from "undici";
import { sendWebhook, type WebhookResult } from "./send-webhook.js";

/** What runs modules; see `src/function-host`. Modules are named by the digest of their code, and told to it when it lacks them. */
export interface ModuleHost {
  /** Has a function's module handle a batch of CloudEvents; an answer is as a receiver's. */
  deliver(
    fn: HostedFunction,
    message: { id: string; contentType: string; body: string },
    signal?: AbortSignal,
  ): Promise<WebhookResult>;
  /** Has a function's module handle one event; the answer's text says what it returned. */
  invoke(fn: HostedFunction, event: { id: string }): Promise<WebhookResult>;
  /** Compiles and loads a module; the answer's text is its code and what it is for, or what is wrong with it. */
  read(principal: string, source: string): Promise<WebhookResult>;
}

/** A function whose target is a module. `principal`: its owner, whose share of the host it uses. */
export interface HostedFunction {
  name: string;
  principal: string;
  digest: string;
}

const JSON_TYPE = "application/json";

/**
 * A client of the function host.
 * @param deps.codeOf The module of a digest, where the host does not know it.
 */
export function createModuleHost(
  deps: { dispatcher: Dispatcher; clock: () => number; codeOf(digest: string): Promise<string | undefined> },
  options: { url: string; token: string },
): ModuleHost {
  const base = options.url.replace(/\/+$/, "");

  async function post(
    path: string,
    principal: string,
    message: { id: string; contentType: string; body: string },
    signal?: AbortSignal,
  ): Promise<WebhookResult> {
    const headers = { authorization: `Bearer ${options.token}`, "event-machine-principal": encodeURIComponent(principal) };
    return await sendWebhook(deps, { url: `${base}${path}`, secrets: [], headers }, message, signal);
  }

  /** The host keeps modules in memory only: after its restart it is told them again. */
  async function withModule({ digest, principal }: HostedFunction, send: () => Promise<WebhookResult>): Promise<WebhookResult> {
    const result = await send();
    if (result.kind !== "refused" || result.status !== 404) return result;
    const code = await deps.codeOf(digest);
    if (code === undefined) return { kind: "retry", error: `the module ${digest} is not in the store`, retryAfterMs: undefined };
    const told = await post(`/modules/${digest}`, principal, { id: digest, contentType: "text/javascript", body: code });
    return told.kind === "answered" ? await send() : told;
  }

  return {
    deliver: (fn, message, signal) =>
      withModule(fn, () => post(`${pathOf(fn)}/events`, fn.principal, { ...message, contentType: JSON_TYPE }, signal)),
    invoke: (fn, event) =>
      withModule(fn, () =>
        post(`${pathOf(fn)}/invocations`, fn.principal, { id: event.id, contentType: JSON_TYPE, body: JSON.stringify(event) }),
      ),
    read: (principal, source) =>
      post("/modules", principal, { id: "read", contentType: JSON_TYPE, body: JSON.stringify({ source }) }),
  };
}

function pathOf({ name, digest }: HostedFunction): string {
  return `/functions/${name}/${digest}`;
}
