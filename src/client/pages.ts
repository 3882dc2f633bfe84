/** A page of a list: its items, and what asks for the next; none on the last. */
export interface Page<Item> {
  items: readonly Item[];
  next: string | undefined;
}

/** Every item of a list, page by page; a page is asked for once the one before is used up. */
export async function* allItems<Item>(
  readPage: (cursor: string | undefined) => Promise<Page<Item>>,
  first?: string,
): AsyncGenerator<Item, void, undefined> {
  let cursor = first;
  // As many rounds as there are pages: each cursor is another.
  for (;;) {
    const { items, next } = await readPage(cursor);
    yield* items;
    if (next === undefined || next === cursor) return;
    cursor = next;
  }
}

/** Every item of a list, where the list is short. */
export async function collect<Item>(readPage: (cursor: string | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of allItems(readPage)) items.push(item);
  return items;
}
