import { allItems } from "./pages.js";
import { answerOf, type CallOptions, segment, type Transport } from "./transport.js";
import type {
  Confirmation,
  NewOutcome,
  NewResolution,
  Outcome,
  OutcomeConfirmation,
  Resolution,
  SuspendedPage,
  SuspendedQuery,
  SuspendedTransfer,
} from "./types.js";

/**
 * Transfers that wait for people. One arbiter proposes how a transfer goes on; another confirms it. Or one person of the open leg's bank
 * reports the outcome of the leg; another confirms it.
 */
export interface SuspendedTransfers {
  list(query?: SuspendedQuery, options?: CallOptions): AsyncGenerator<SuspendedTransfer, void, undefined>;
  listPage(query?: SuspendedQuery, options?: CallOptions): Promise<SuspendedPage>;
  get(id: string, options?: CallOptions): Promise<SuspendedTransfer>;
  /** `to`: one of the transfer's `allowed`. `reason`: an ISO 20022 code, for the negative outcome only. */
  propose(id: string, resolution: NewResolution, options?: CallOptions): Promise<Resolution>;
  /** `to`: what was proposed. */
  confirm(id: string, confirmation: Confirmation, options?: CallOptions): Promise<Resolution>;
  /** Takes back what is proposed. */
  withdraw(id: string, options?: CallOptions): Promise<void>;
  /** Proposes the outcome of the open leg, as a person of its bank. `to`: one of the transfer's `allowedOutcomes`. */
  report(id: string, outcome: NewOutcome, options?: CallOptions): Promise<Outcome>;
  /** Confirms the proposed outcome, as another person of the bank. `evidence`: the hash of the statement that was read. */
  confirmReport(id: string, confirmation: OutcomeConfirmation, options?: CallOptions): Promise<Outcome>;
  /** Withdraws the proposed outcome. */
  withdrawReport(id: string, options?: CallOptions): Promise<void>;
}

export function createSuspendedTransfers({ api, call }: Transport): SuspendedTransfers {
  const of = (id: string) => ({ params: { path: { id: segment("transfer", id) } } });
  const listPage = async (query: SuspendedQuery = {}, options?: CallOptions) =>
    await answerOf(api.GET("/v1/suspended-transfers", { params: { query }, ...call(options) }));

  return {
    list: (query, options) =>
      allItems(async (cursor) => {
        const page = await listPage({ ...query, ...(cursor !== undefined && { cursor }) }, options);
        return { items: page.suspendedTransfers, next: page.next };
      }, query?.cursor),
    listPage,
    get: async (id, options) => await answerOf(api.GET("/v1/suspended-transfers/{id}", { ...of(id), ...call(options) })),
    propose: async (id, body, options) =>
      await answerOf(api.POST("/v1/suspended-transfers/{id}/resolution", { ...of(id), body, ...call(options) })),
    confirm: async (id, body, options) =>
      await answerOf(api.POST("/v1/suspended-transfers/{id}/resolution/confirmation", { ...of(id), body, ...call(options) })),
    withdraw: async (id, options) =>
      await answerOf(api.DELETE("/v1/suspended-transfers/{id}/resolution", { ...of(id), ...call(options) })),
    report: async (id, body, options) =>
      await answerOf(api.POST("/v1/suspended-transfers/{id}/outcome", { ...of(id), body, ...call(options) })),
    confirmReport: async (id, body, options) =>
      await answerOf(api.POST("/v1/suspended-transfers/{id}/outcome/confirmation", { ...of(id), body, ...call(options) })),
    withdrawReport: async (id, options) =>
      await answerOf(api.DELETE("/v1/suspended-transfers/{id}/outcome", { ...of(id), ...call(options) })),
  };
}
