import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { readDeliveriesConfig } from "../../src/config/config.js";
import {
  type DeliverySelection,
  enableFunction,
  readParked,
  readStandings,
  replayDead,
} from "../../src/store/functions/delivery-admin.js";
import { openStore, pingStore } from "../../src/store/open-store.js";
import type { Db } from "../../src/store/schema.js";

// npm run deliveries: where each function stands, what waits and what is dead, and what to do about it. The store is that of
// DATABASE_URL, or the one of `npm start`. A running watcher takes notice within a second or two.

const USAGE = `npm run deliveries                              where each function stands
npm run deliveries -- list [function] [--dead]  what is parked, with the last error (--limit 100)
npm run deliveries -- replay <function> [seq]   gives one dead letter of a function, or all of it, its tries again
npm run deliveries -- replay --all              the dead letters of every function
npm run deliveries -- enable <function>         puts a function back into service that answered 410
Add --json for one JSON object a line.
`;
const SEQUENCE = /^[0-9]{1,19}$/;

const { positionals, values } = readArguments();

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        all: { type: "boolean", default: false },
        dead: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        limit: { type: "string", default: "100" },
      },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
}

function usage(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function print(rows: readonly object[], otherwise: string): void {
  const text = (row: object) => JSON.stringify(row, (_key, value) => (typeof value === "bigint" ? String(value) : value));
  if (values.json) for (const row of rows) process.stdout.write(`${text(row)}\n`);
  else if (rows.length === 0) process.stdout.write(`${otherwise}\n`);
  else console.table(rows.map((row) => JSON.parse(text(row))));
}

async function storeUrl(): Promise<string> {
  const config = readDeliveriesConfig();
  if (config.DATABASE_URL !== "") return config.DATABASE_URL;
  const file = join(config.DATA_DIR, "secrets.json");
  const text = await readFile(file, "utf8").catch(() =>
    usage(`There is no DATABASE_URL, and no ${file} of an npm start. Set DATABASE_URL to the watcher's.`),
  );
  const { databasePassword } = JSON.parse(text) as { databasePassword: string };
  return `postgresql://eventmachine:${databasePassword}@127.0.0.1:${config.DATABASE_PORT}/eventmachine`;
}

async function run(db: Db): Promise<void> {
  const [command = "show", name, sequence, ...rest] = positionals;
  if (rest.length > 0 || (sequence !== undefined && (command !== "replay" || !SEQUENCE.test(sequence)))) usage("Not understood.");
  await pingStore(db);
  const standings = await readStandings(db);
  if (name !== undefined && !standings.some((fn) => fn.name === name)) {
    usage(`There is no function ${name}. There are: ${standings.map((fn) => fn.name).join(", ")}.`);
  }
  const selection: DeliverySelection = {
    ...(name !== undefined && { function: name }),
    ...(sequence !== undefined && { sequence: BigInt(sequence) }),
  };
  if (command === "show") {
    const shown = standings.map(({ types: _types, payerBank: _payer, payeeBank: _payee, batchSize: _size, ...rest }) => rest);
    return print(shown, "No function is registered.");
  }
  if (command === "list") {
    const limit = SEQUENCE.test(values.limit) ? Number(values.limit) : usage("--limit takes a whole number.");
    return print(
      await readParked(db, { ...selection, ...(values.dead && { status: "dead" as const }) }, limit),
      "Nothing is parked.",
    );
  }
  if (command === "replay") {
    if ((name === undefined) !== values.all) usage("Name a function, or say --all.");
    const replayed = await replayDead(db, selection);
    process.stdout.write(`${replayed} dead ${replayed === 1 ? "letter" : "letters"} will be delivered again.\n`);
    if (replayed === 0) process.exitCode = 1;
    return;
  }
  if (command !== "enable") usage(`There is no command ${command}.`);
  const enabled = await enableFunction(db, name ?? usage("Name the function."));
  process.stdout.write(enabled ? `${name} is in service again.\n` : `${name} was not out of service.\n`);
}

const store = openStore(await storeUrl(), pino({ level: "warn" }), 1);
try {
  await run(store.db);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await store.close();
}
