import fc from "fast-check";

/** Idempotency-Keys in one run: so few that random acts meet each other. */
export const KEYS = 8;
/** Addresses in one run that are not the API's. */
export const OUTSIDERS = 4;
/** The organisations that an address can be added to: two others, and the API's own as the last. */
export const OWN_ORGANISATION = 2;

/**
 * What anybody but the API can do, and requests to the API.
 *
 * - `join`, `leave`: an organisation's admin adds or removes an outsider's address; `rob`: the API's own address.
 * - `start`: an outsider starts the transfers of some keys. Details `copied` are those that the API made for the key, as the network's
 *   nodes may see them before they are mined.
 * - `complete`: the banks complete what the chain has under a key.
 */
export type Act =
  | { do: "post"; key: number; amount: number }
  | { do: "join" | "leave"; organisation: number; outsider: number }
  | { do: "rob"; organisation: number }
  | { do: "start"; outsider: number; keys: number[]; details: "other" | "copied"; amount: number; isBatch: boolean }
  | { do: "complete"; key: number };

const key = fc.nat({ max: KEYS - 1 });
const outsider = fc.nat({ max: OUTSIDERS - 1 });
const organisation = fc.nat({ max: OWN_ORGANISATION });
const amount = fc.constantFrom(100, 200);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("post" as const), key, amount }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join" as const), organisation, outsider }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), organisation, outsider }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rob" as const), organisation }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      outsider,
      keys: fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
      details: fc.constantFrom("other" as const, "copied" as const),
      amount,
      isBatch: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("complete" as const), key }) },
);

export const sequences: fc.Arbitrary<Act[]> = fc.array(act, { minLength: 1, maxLength: 16 });
