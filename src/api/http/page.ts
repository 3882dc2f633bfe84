const LIMIT_MAX = 100;

/** How many a page holds: what the query says, whose form the schema has checked, or the most there may be. */
export function pageLimit(limit: string | undefined): number {
  return limit === undefined ? LIMIT_MAX : Number(limit);
}

/**
 * A page of a list that was asked for one item more than the page holds.
 * @returns `last`: the page's last item, where another page follows.
 */
export function pageOf<Item>(found: readonly Item[], limit: number): { page: Item[]; last: Item | undefined } {
  const page = found.slice(0, limit);
  return { page, last: found.length > limit ? page.at(-1) : undefined };
}
