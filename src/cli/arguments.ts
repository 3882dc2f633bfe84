import { InvalidArgumentError } from "commander";
import type { EventQuery, NewApiKey, TransferState } from "../client/client.js";
import { UsageError } from "./exit-codes.js";

type EventType = NonNullable<EventQuery["type"]>;
export type EventName<Type = EventType> = Type extends `eventmachine.transfer.${infer Name}` ? Name : never;
type Scope = NewApiKey["scopes"][number];

/** The last words of the events' types. */
export const EVENT_NAMES = namesOf<EventName<EventType>>({
  ...{ started: 0, pending: 0, completed: 0, rejected: 0, reversing: 0, reversed: 0, suspended: 0 },
  ...{ "resolution-proposed": 0, "resolution-withdrawn": 0, resolved: 0 },
  ...{ "outcome-proposed": 0, "outcome-withdrawn": 0, "outcome-confirmed": 0 },
});

export const SCOPES = namesOf<Scope>({
  ...{ "transfers:write": 0, "transfers:read": 0, "transfers:read-any": 0, "transfers:resolve": 0 },
  ...{ "transfers:report-outcome": 0 },
  ...{ "accounts:read": 0, "accounts:write": 0, "functions:read": 0, "functions:write": 0, "functions:invoke": 0 },
  ...{ "api-keys:read": 0, "api-keys:read-any": 0, "api-keys:write": 0, "api-keys:write-any": 0, "stats:read": 0 },
});

export const STATES = namesOf<TransferState>({
  ...{ NONE: 0, STARTED: 0, PENDING: 0, COMPLETED: 0, REJECTED: 0, REVERSING: 0, REVERSED: 0, SUSPENDED: 0 },
});

/** All of a type's words: of a record, so that none is forgotten. */
function namesOf<Name extends string>(words: Record<Name, 0>): Name[] {
  return Object.keys(words) as Name[];
}

/** An event's type by its last word. */
export function eventType(name: EventName): EventType {
  return `eventmachine.transfer.${name}`;
}

/** A parser of whole numbers in a range, both ends included. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]{1,15}$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(`It is a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}

/** Any JSON. @throws UsageError */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${what} is no JSON.`);
  }
}
