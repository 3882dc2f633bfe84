import { Type } from "typebox";
import { closed } from "./schemas.js";

// Query parameters are text: a number is checked by its digits, since `1.5`, `0x5` and `true` would be taken for one as well.
export const PageLimit = Type.Optional(
  Type.String({
    pattern: "^(?:[1-9][0-9]?|100)$",
    description: "The most that one page holds, a whole number from 1 to 100; 100 without it.",
    examples: ["20"],
  }),
);

/** The sequence of an event in a query. */
export const SequenceParameter = Type.String({
  pattern: "^(?:0|[1-9][0-9]{0,17})$",
  description: "The sequence of an event: a whole number, at most 18 digits.",
  examples: ["0"],
});

export const Cursor = Type.Optional(
  Type.String({ maxLength: 512, description: "`next` of the page before, asked for with the same filters." }),
);

export const NextCursor = Type.Optional(Type.String({ description: "The cursor of the next page; absent on the last." }));
export const NextSequence = Type.Optional(
  Type.String({ description: "Ask for the next page with it as `after`; absent on the last." }),
);

/** A list in the order of the chain. */
export const SequencePageQuerySchema = Type.Object({ after: Type.Optional(SequenceParameter), limit: PageLimit }, closed);

/** A list in another order. */
export const CursorPageQuerySchema = Type.Object({ cursor: Cursor, limit: PageLimit }, closed);
