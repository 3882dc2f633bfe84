import type { Static } from "typebox";
import type { DeliveryListSchema, FunctionListSchema, FunctionSchema, RequestListSchema } from "../../api/functions/schemas.js";
import type { BankListSchema, EventListSchema, TransferListSchema } from "../../api/http/list-schemas.js";
import type { SuspendedListSchema } from "../../api/suspended-transfers/schemas.js";
import type { RefusalListSchema, TransferEventsSchema } from "../../api/transfers/history-schemas.js";

export type { EventResource } from "../../api/http/list-schemas.js";
export type { TransferResource } from "../../api/http/schemas.js";
// The API's own types: what an answer is, and what the page takes it for, cannot differ.
export type { TransferEvidenceResource as TransferEvidence } from "../../api/receipts/evidence-routes.js";
export type { ActivityResource, StatsResource } from "../../api/stats/schemas.js";
export type { SuspendedTransferResource } from "../../api/suspended-transfers/schemas.js";
export type { TransferDeliveriesResource as TransferDeliveries } from "../../api/transfers/delivery-routes.js";
export type BankList = Static<typeof BankListSchema>;
export type TransferList = Static<typeof TransferListSchema>;
export type EventList = Static<typeof EventListSchema>;
export type TransferEvents = Static<typeof TransferEventsSchema>;
export type RefusalList = Static<typeof RefusalListSchema>;
export type SuspendedList = Static<typeof SuspendedListSchema>;
export type FunctionList = Static<typeof FunctionListSchema>;
export type FunctionResource = Static<typeof FunctionSchema>;
export type DeliveryList = Static<typeof DeliveryListSchema>;
export type RequestList = Static<typeof RequestListSchema>;
