import process from "node:process";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { readStoreConfig } from "../../src/config/config.js";
import { isReason } from "../../src/domain/reason.js";
import { allowPosting, readUndecided, refusePosting } from "../../src/store/bank-postings/admin.js";
import { openStore } from "../../src/store/open-store.js";
import { runScript } from "../run-script.js";

// npm run bank-postings: what was sent to a bank without an API, and is not in its statement. People ask the bank, and decide here; then two
// arbiters let the suspended transfer go on.

const USAGE = `npm run bank-postings                                          what is undecided
npm run bank-postings -- allow <bank> <reference>              the bank has not booked it and will not: it may be sent once more
npm run bank-postings -- refuse <bank> <reference> <reason>    likewise, and it is a no for good (reason: e.g. AC04)
What the bank has booked after all needs nothing here: resume the transfer, and it is found in the statement.
DATABASE_URL names the store of the bank's functions. Add --json for one JSON object a line.
`;

function usage(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { json: { type: "boolean", default: false } } });
  } catch (error) {
    return usage((error as Error).message);
  }
}

await runScript(async () => {
  const { positionals, values } = readArguments();
  const [command = "list", bank = "", reference = "", reason = ""] = positionals;
  if (!["list", "allow", "refuse"].includes(command)) usage(`There is no command ${command}.`);
  if (command !== "list" && (bank === "" || reference === "")) usage("Name the bank and the reference.");
  if (command === "refuse" && !isReason(reason)) usage("Give a reason of four upper-case letters or digits.");
  const store = openStore(readStoreConfig().DATABASE_URL, pino({ level: "silent" }));
  try {
    if (command === "list") {
      const text = (row: object) => JSON.stringify(row, (_key, value) => (typeof value === "bigint" ? String(value) : value));
      const rows = await readUndecided(store.db);
      if (values.json) for (const row of rows) process.stdout.write(`${text(row)}\n`);
      else if (rows.length === 0) process.stdout.write("Nothing is undecided.\n");
      else console.table(rows.map((row) => JSON.parse(text(row))));
      return;
    }
    const done =
      command === "allow"
        ? await allowPosting(store.db, bank, reference)
        : await refusePosting(store.db, bank, reference, reason);
    if (!done) usage("There is no such posting to decide, or a worker is looking at the statement for it: list them, try again.");
    process.stdout.write("Done. Now two arbiters resume the transfer, if it is suspended.\n");
  } finally {
    await store.close();
  }
});
