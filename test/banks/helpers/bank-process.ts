import { pino } from "pino";
import { createBankServer } from "../../../src/banks/simulators/server.js";
import { openTestLedger, TOKEN } from "./start-bank.js";

/** A bank in a process of its own, to be killed: serves the ledger file given as its argument, and prints its address. */
const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("Give the path of the ledger");
const server = createBankServer({ ledger: openTestLedger(path), token: TOKEN, logger: pino({ level: "silent" }) });
process.stdout.write(`${await server.listen({ host: "127.0.0.1", port: 0 })}\n`);
