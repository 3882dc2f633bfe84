import { AppError } from "../../domain/app-error.js";
import type { Principal } from "../../domain/principal.js";
import type { ApiDeps } from "../deps.js";
import type { KnownTransfer } from "./resource.js";

const ID_PATTERN = /^0x[0-9a-f]{64}$/;

/** What journal and chain know of a transfer; `undefined` where neither knows it. */
export async function readTransfer(deps: Pick<ApiDeps, "transfers">, id: string): Promise<KnownTransfer | undefined> {
  const { entry, view, earlierChain } = await deps.transfers.known(id);
  const rest = earlierChain === undefined ? {} : { earlierChain };
  if (entry === undefined) return view === undefined ? undefined : { view, ...rest };
  return view === undefined ? { entry, ...rest } : { entry, view, ...rest };
}

/**
 * A transfer that the principal may see: its own, or any with the scope `transfers:read-any`. Whose a transfer is, only the journal
 * knows.
 *
 * @throws AppError `not-found`, alike for one that does not exist and for another principal's
 */
export async function findTransfer(deps: Pick<ApiDeps, "transfers">, principal: Principal, id: string): Promise<KnownTransfer> {
  const known = ID_PATTERN.test(id) ? await readTransfer(deps, id) : undefined;
  const visible = known?.entry?.principal === principal.id || principal.scopes.includes("transfers:read-any");
  if (known === undefined || !visible) throw new AppError("not-found", "There is no such transfer.");
  return known;
}
