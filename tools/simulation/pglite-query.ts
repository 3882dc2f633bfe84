import { type PGlite, parse, protocol } from "@electric-sql/pglite";
import type { CompiledQuery, QueryResult } from "kysely";

const { serialize } = protocol;
/** Of a statement's parameters, by its text; PGlite asks for them anew each time. */
const parameterTypes = new Map<string, number[]>();

/** As PGlite's own `query`, with the messages of a query sent at once in place of one by one: the way in and out is most of what one costs. */
export async function runQuery<R>(pglite: PGlite, query: CompiledQuery): Promise<QueryResult<R>> {
  // A migration is several statements in one, which only the simple protocol takes.
  if (query.parameters.length === 0 && /;\s*\S/.test(query.sql)) {
    await pglite.exec(query.sql);
    return { rows: [] };
  }
  const types = query.parameters.length === 0 ? [] : await typesOf(pglite, query.sql);
  const values = query.parameters.map((value, index) => {
    if (value === null || value === undefined) return null;
    return pglite.serializers[types[index] ?? 0]?.(value) ?? String(value);
  });
  const { messages } = await send(pglite, [
    serialize.parse({ text: query.sql, types }),
    serialize.bind({ values }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
  ]);
  const [{ rows, affectedRows } = { rows: [] }] = parse.parseResults(messages, pglite.parsers);
  return { rows: rows as R[], ...(affectedRows !== undefined && { numAffectedRows: BigInt(affectedRows) }) };
}

async function typesOf(pglite: PGlite, text: string): Promise<number[]> {
  const known = parameterTypes.get(text);
  if (known !== undefined) return known;
  const { messages } = await send(pglite, [serialize.parse({ text }), serialize.describe({ type: "S" })]);
  const types = parse.parseDescribeStatementResults(messages);
  parameterTypes.set(text, types);
  return types;
}

async function send(pglite: PGlite, messages: readonly Uint8Array[]) {
  return await pglite.execProtocol(Buffer.concat([...messages, serialize.sync()]));
}
