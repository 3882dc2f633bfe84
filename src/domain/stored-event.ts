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

/**
 * How far a reader of the events has come. `sequence` is the contract's; `epoch` counts the reorganisations that took events back, since
 * after one the same sequences may be other events. Both count the events of one domain: a position belongs to the domain it was
 * given out with.
 */
export interface StreamPosition {
  epoch: bigint;
  sequence: bigint;
}

/** `finalOnly`: no event that a reorganisation could still take back. */
export interface StreamQuery extends EventFilter {
  after: StreamPosition;
  limit: number;
  finalOnly?: boolean;
}

/** The next page for a reader, who first undoes `removed`, newest first, and then applies `events`. */
export interface StreamPage {
  removed: StreamedEvent[];
  events: StreamedEvent[];
  /** Every event that matches up to this position is in this page or in one before it. The position moves on even without a match. */
  next: StreamPosition;
  /** Whether there is more to read now. */
  more: boolean;
  /**
   * Set where the reader knows of a reorganisation that this store has forgotten, restored from an older copy: every event after this
   * sequence is void, and comes again.
   */
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
