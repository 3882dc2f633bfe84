import { readFileSync } from "node:fs";
import process from "node:process";

// Loaded by `node --import` before a service: its time of day differs from the machine's by as many milliseconds as the file
// CLOCK_STEP_FILE says, which a test changes while the service runs. Timers and `performance.now()` go on as they do when an operator sets
// the clock of a machine.

const RealDate = Date;
const file = process.env.CLOCK_STEP_FILE;
const now = () => RealDate.now() + Number(readFileSync(file, "utf8"));

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === globalThis.Date ? target : newTarget),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
