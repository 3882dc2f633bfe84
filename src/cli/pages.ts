// The most that the API gives at once.
const PAGE_MAX = 100;

/** The first items of a list, in pages no larger than needed. */
export async function take<Item>(count: number, list: (page: { limit: string }) => AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list({ limit: String(Math.min(count, PAGE_MAX)) })) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}
