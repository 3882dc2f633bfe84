const LIMIT_MAX = 100;

/** How many a page holds: what the query says, whose form the schema has checked, or the most there may be. */
export function pageLimit(limit: string | undefined): number {
  return limit === undefined ? LIMIT_MAX : Number(limit);
}
