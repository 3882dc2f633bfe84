/** Which events; what is `undefined` filters nothing. `principal`: whose transfers'; `bank`: on either side. */
export interface EventFilter {
  principal?: string;
  type?: string;
  bank?: string;
  transfer?: string;
}

/** Which events, in the order of the chain. */
export interface EventListQuery extends EventFilter {
  after: bigint;
  limit: number;
}

/** How far a reader of the stream has come. `epoch` counts the reorganisations that took events back. */
export interface StreamPosition {
  epoch: bigint;
  sequence: bigint;
}

/** `finalOnly`: nothing that could still be taken back. */
export interface StreamQuery extends EventFilter {
  after: StreamPosition;
  limit: number;
  finalOnly: boolean;
}

/** What comes next for a reader: first `removed` is to be undone, newest first, then `events` follow. */
export interface StreamPage {
  removed: StreamedEvent[];
  events: StreamedEvent[];
  next: StreamPosition;
  more: boolean;
  /** Where the store was restored from an older copy: all after this sequence is void, and comes again. */
  resetTo: bigint | undefined;
}

/** An event, and whose transfer's it is: `null` where another organisation started it. */
export type StreamedEvent = StoredEvent & { principal: string | null };

/** An event as the store keeps it. `data`: what subscribers see of it. */
export interface StoredEvent {
  sequence: bigint;
  type: string;
  transferId: string;
  state: string | null;
  payerBank: string | null;
  payeeBank: string | null;
  blockNumber: number;
  blockHash: string;
  blockTime: Date;
  observedAt: Date;
  logIndex: number;
  transactionHash: string;
  /** How many items the contract refused between the event before, of whatever transfer, and this one. */
  refusalsBefore: bigint;
  data: Record<string, unknown>;
}
