import { type Command, Option } from "commander";
import type { Event, StreamItem } from "../../client/client.js";
import { EVENT_NAMES, type EventName, eventType, wholeNumber } from "../arguments.js";
import { EXIT } from "../exit-codes.js";
import type { Columns } from "../output.js";
import { take } from "../pages.js";
import type { Runner, Session } from "../session.js";

const LIST_MAX = 1_000_000;

const COLUMNS: Columns<Event> = {
  sequence: ({ sequence }) => sequence,
  "block time": ({ time }) => time,
  type: ({ type }) => type.split(".").at(-1),
  transfer: ({ transfer }) => transfer,
  payer: ({ payer }) => payer?.bank,
  payee: ({ payee }) => payee?.bank,
  reason: ({ reason }) => reason,
};

interface Flags {
  follow?: true;
  after?: string;
  type?: EventName;
  bank?: string;
  transfer?: string;
  final?: true;
  limit: number;
}

/** `events`, and `events --follow`. */
export function addEvents(program: Command, runner: Runner): void {
  program
    .command("events")
    .description(
      "what has happened, in the order of the chain; of your transfers, or everybody's for a key with transfers:read-any",
    )
    .option(
      "-f, --follow",
      "what happens from now on, until Ctrl-C; a connection that is cut is made anew, without gap or repetition",
    )
    .option("--after <position>", "only what comes after a sequence or, with --follow, after a cursor that it has told")
    .addOption(new Option("--type <type>", "only events of a type").choices(EVENT_NAMES))
    .option("--bank <bic>", "only those of a bank, on either side")
    .option("--transfer <id>", "only those of a transfer")
    .option("--final", "with --follow: only what can no longer be taken back")
    .option("--limit <count>", "without --follow: the most that are shown", wholeNumber(1, LIST_MAX), 100)
    .action(
      runner.act<Flags>(async (session, _args, flags) => {
        const { after, type, bank, transfer, limit } = flags;
        const query = {
          ...(after !== undefined && { after }),
          ...(type !== undefined && { type: eventType(type) }),
          ...(bank !== undefined && { bank }),
          ...(transfer !== undefined && { transfer }),
        };
        if (flags.follow) return await follow(session, { ...query, ...(flags.final && { finality: "final" as const }) });
        const { client, output, signal } = session;
        output.table(
          await take(limit, (page) => client.events.list({ ...query, ...page }, { signal })),
          COLUMNS,
          "There are none.",
        );
        return EXIT.done;
      }),
    );
}

async function follow({ client, output, signal, warn }: Session, query: object): Promise<number> {
  const onReconnect = () => warn("The connection was lost; connecting again …\n");
  for await (const item of client.events.follow(query, { signal, onReconnect })) output.line(item, ITEM_COLUMNS);
  // Ctrl-C is how it is meant to end.
  return EXIT.done;
}

const ITEM_COLUMNS: Columns<StreamItem> = {
  kind: (item) => (item.kind === "event" ? undefined : item.kind),
  ...Object.fromEntries(
    Object.entries(COLUMNS).map(([name, read]) => [
      name,
      (item: StreamItem) => (item.kind === "reset" ? undefined : read(item.event)),
    ]),
  ),
  after: (item) => (item.kind === "reset" ? item.after : undefined),
};
