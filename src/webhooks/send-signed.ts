import type { Dispatcher } from "undici";
import { AppError } from "../domain/app-error.js";
import type { FunctionSecrets, SealedSecret } from "../domain/function-secrets.js";
import { sendWebhook, type WebhookResult } from "./send-webhook.js";

/** A function at a URL, with its secrets as the database keeps them. */
interface SealedTarget {
  name: string;
  owner?: string | null | undefined;
  url: string;
  secrets: readonly SealedSecret[];
}

/** Posts a message signed with a function's secrets. A secret that cannot be opened is tried again later: its key may be added. */
export async function sendSigned(
  deps: { dispatcher: Dispatcher; clock: () => number; secrets: FunctionSecrets },
  target: SealedTarget,
  message: { id: string; contentType: string; body: string },
  signal?: AbortSignal,
): Promise<WebhookResult> {
  let secrets: string[];
  try {
    secrets = target.secrets.map((sealed) => deps.secrets.open(target, sealed));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: "retry", error: error.message, retryAfterMs: undefined };
  }
  return await sendWebhook(deps, { url: target.url, secrets }, message, signal);
}
