import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { System } from "../../tools/system/stack.js";

/** A delivery as somebody makes it who is not the watcher. */
export interface Forgery {
  type: string;
  transferId: string;
  /** What it is signed with; without one it is not signed. */
  secret?: string;
  signedAt?: Date;
  /** What is put in the place of the body that was signed. */
  bodyInstead?: string;
}

/** Sends a CloudEvents batch of one event to a function. */
export async function deliver(system: System, url: string, forgery: Forgery): Promise<{ status: number; failed: unknown }> {
  const { chainId, contracts } = system.chain.deployment;
  const event = {
    specversion: "1.0",
    id: `${chainId}-0x${randomBytes(32).toString("hex")}-0`,
    source: `/chains/${chainId}/contracts/${contracts.transferStateRepo.toLowerCase()}`,
    type: forgery.type,
    subject: forgery.transferId,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    sequence: "1",
    data: {},
  };
  const body = JSON.stringify([event]);
  const id = `forged-${randomBytes(8).toString("hex")}`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8", ...signature(forgery, id, body) },
    body: forgery.bodyInstead ?? body,
  });
  const answer = (await response.json()) as { failed?: unknown };
  return { status: response.status, failed: answer.failed };
}

function signature({ secret, signedAt = new Date() }: Forgery, id: string, body: string): Record<string, string> {
  if (secret === undefined) return {};
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(signedAt.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, signedAt, body),
  };
}
