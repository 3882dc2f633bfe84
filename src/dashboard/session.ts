import { computed, signal } from "@preact/signals";
import type { Scope } from "../domain/principal.js";
import { ApiProblem, call, onUnauthorized } from "./api/client.js";

/** Who is signed in, and what they may do. The key itself is nowhere on this page: a cookie that no script can read stands for it. */
export interface Caller {
  principal: string;
  scopes: readonly string[];
  payers: "any" | readonly string[];
}

/** `asking` until it is known; `failed` where it could not be asked. */
export type SessionState =
  | { kind: "asking" }
  | { kind: "signed-out"; because?: "ended" }
  | { kind: "signed-in"; caller: Caller }
  | { kind: "failed"; error: unknown };

export const session = signal<SessionState>({ kind: "asking" });

const scopes = computed(() => new Set(session.value.kind === "signed-in" ? session.value.caller.scopes : []));

/** Whether the caller has one of the scopes. The API refuses what it may not do anyway; this keeps it from being offered. */
export function may(...wanted: Scope[]): boolean {
  return wanted.some((scope) => scopes.value.has(scope));
}

export function principal(): string {
  return session.value.kind === "signed-in" ? session.value.caller.principal : "";
}

/** Asks whether the browser has a session. */
export async function openSession(): Promise<void> {
  session.value = { kind: "asking" };
  try {
    session.value = { kind: "signed-in", caller: await call<Caller>("/v1/session") };
  } catch (error) {
    session.value = error instanceof ApiProblem && error.status === 401 ? { kind: "signed-out" } : { kind: "failed", error };
  }
}

/** @throws ApiProblem where the key is none */
export async function signIn(apiKey: string): Promise<void> {
  const caller = await call<Caller>("/v1/session", { method: "POST", headers: { authorization: `Bearer ${apiKey}` } });
  session.value = { kind: "signed-in", caller };
}

export async function signOut(): Promise<void> {
  await call<void>("/v1/session", { method: "DELETE" });
  session.value = { kind: "signed-out" };
}

onUnauthorized(() => {
  if (session.value.kind === "signed-in") session.value = { kind: "signed-out", because: "ended" };
});
