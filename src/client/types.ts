import type { components, operations } from "./openapi.js";

type Id = keyof operations;

/** The JSON that an operation is sent. */
type Body<Name extends Id> = operations[Name] extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

/** The JSON that an operation answers with a status. */
type Answer<Name extends Id, Status extends number> = operations[Name] extends {
  responses: { [S in Status]: { content: { "application/json": infer B } } };
}
  ? B
  : never;

/** What a list is asked for. */
type Query<Name extends Id> = operations[Name] extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

type ProblemContent = components["responses"]["Problem"]["content"];

/** Problem details (RFC 9457), as every error of the API is told. */
export type Problem = ProblemContent[keyof ProblemContent];

export type Root = Answer<"getRoot", 200>;
export type Stats = Answer<"getStats", 200>;

/** A transfer. Money is in minor units, a decimal string; times are RFC 3339. It names no phone number. */
export type Transfer = Answer<"getTransfer", 200>;
export type TransferState = Transfer["state"];
/** What a transfer is started with: two phone numbers in E.164 form, and an amount in minor units from 1 to 10^15. */
export type NewTransfer = Body<"startTransfer">;
export type TransferQuery = Query<"listTransfers">;
export type TransferPage = Answer<"listTransfers", 200>;
export type TransferEvent = Answer<"listTransferEvents", 200>["events"][number];
export type TransferRefusal = Answer<"listTransferRefusals", 200>["refusals"][number];

/** A completed transfer's receipt, and what it is signed with (JWS, EdDSA). */
export type SignedReceipt = Answer<"getTransferReceipt", 200>;

export type Event = Answer<"listEvents", 200>["events"][number];
export type EventQuery = Query<"listEvents">;
export type EventPage = Answer<"listEvents", 200>;
export type StreamQuery = Query<"streamEvents">;

export type PhoneAccount = Answer<"getPhoneAccount", 200>;
export type NewPhoneAccount = Body<"registerPhoneAccount">;
export type PhoneAccountChange = Body<"updatePhoneAccount">;
export type Claim = Answer<"getClaim", 200>;
export type NewClaim = Body<"openClaim">;

export type Bank = Answer<"getBank", 200>;

export type SuspendedTransfer = Answer<"getSuspendedTransfer", 200>;
export type SuspendedQuery = Query<"listSuspendedTransfers">;
export type SuspendedPage = Answer<"listSuspendedTransfers", 200>;
export type NewResolution = Body<"proposeResolution">;
export type Resolution = Answer<"proposeResolution", 201>;
export type Confirmation = Body<"confirmResolution">;
export type NewOutcome = Body<"proposeOutcome">;
export type Outcome = Answer<"proposeOutcome", 201>;
export type OutcomeConfirmation = Body<"confirmOutcome">;

/** A function: who is woken by which events. */
export type RegisteredFunction = Answer<"getFunction", 200>;
export type NewFunction = Body<"createFunction">;
/** A function with its secret, which is shown this once. */
export type CreatedFunction = Answer<"createFunction", 201>;
export type FunctionChange = Body<"updateFunction">;
export type FunctionSource = Answer<"getFunctionSource", 200>;
export type DeliveryQuery = Query<"listFunctionDeliveries">;
export type DeliveryPage = Answer<"listFunctionDeliveries", 200>;
export type Delivery = DeliveryPage["deliveries"][number];
export type DeliveryRequest = Answer<"listFunctionRequests", 200>["requests"][number];
export type NewSecret = Answer<"rotateFunctionSecret", 201>;
export type Replay = Answer<"replayFunction", 200>;
export type InvocationInput = Body<"invokeFunction">;
export type Invocation = Answer<"getInvocation", 200>;

export type ApiKey = Answer<"getApiKey", 200>;
export type NewApiKey = Body<"createApiKey">;
/** An API key with the key itself, which is shown this once. */
export type CreatedApiKey = Answer<"createApiKey", 201>;
