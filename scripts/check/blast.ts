import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { runScript } from "../run-script.js";
import { DEMO_BANKS } from "../stack/demo-network.js";
import { createProgress } from "./bench/progress.js";
import type { Orders, Said } from "./blast/worker.js";

const USAGE = `npm run blast -- [--workers <n>] [--rate <transfers/s>] [--seconds <n>] [--start-at <RFC 3339 time>] …

Load for any deployment, by its API alone. Workers, each a process, arm themselves (read the key, reach the API), wait for one start
signal, and fire together. What came of it is for the chain to say: npm run audit.

--api <url>             http://127.0.0.1:8080 unless told
--key-file <file>       an API key that may send for the payers; that of npm start unless told
--payers, --payees <file>  phone numbers, one a line; the demo's unless told
--workers, --rate, --seconds  2 workers, 100 transfers/s in all, 10 seconds, unless told
--start-at <time>       the signal for blasts on several machines; without it, as soon as all workers are armed
--amount <minor units>  of each transfer; 1 unless told
--json                  one object, on stdout
The API limits requests: see REQUESTS_PER_ADDRESS_MAX and REQUESTS_PER_PRINCIPAL_MAX.
`;

const { values } = arguments_();

function arguments_() {
  try {
    return parseArgs({
      options: {
        api: { type: "string", default: "http://127.0.0.1:8080" },
        "key-file": { type: "string", default: ".eventmachine/api-key" },
        payers: { type: "string" },
        payees: { type: "string" },
        workers: { type: "string", default: "2" },
        rate: { type: "string", default: "100" },
        seconds: { type: "string", default: "10" },
        "start-at": { type: "string" },
        amount: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

interface Fired {
  accepted: number;
  refused: Map<string, number>;
  seconds: number;
}

await runScript(async () => {
  const numbers = [values.workers, values.rate, values.seconds, values.amount];
  const startAt = Date.parse(values["start-at"] ?? new Date().toISOString());
  if (numbers.some((text) => !/^[1-9][0-9]{0,8}$/.test(text)) || Number.isNaN(startAt)) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  const [payers, payees] = await Promise.all([phones(values.payers, 0), phones(values.payees, 1)]);
  const workers = await armWorkers({ payers, payees });
  const fired = await fire(workers, values["start-at"] === undefined ? Date.now() : startAt);
  const refused = Object.fromEntries(fired.refused);
  const perSecond = fired.accepted / fired.seconds;
  if (values.json) process.stdout.write(`${JSON.stringify({ accepted: fired.accepted, refused, perSecond })}\n`);
  else process.stdout.write(`${fired.accepted} transfers accepted, ${perSecond.toFixed(0)} a second.\n`);
  for (const [type, count] of fired.refused) process.stderr.write(`${count} refused: ${type}\n`);
  process.exitCode = fired.refused.size === 0 ? 0 : 1;
});

async function phones(file: string | undefined, bank: 0 | 1): Promise<string[]> {
  if (file === undefined) return [DEMO_BANKS[bank].phone];
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(`Cannot read the phone numbers in ${file}.`);
  });
  const numbers = text.split(/\s+/).filter((number) => number !== "");
  if (numbers.length === 0) throw new Error(`There is no phone number in ${file}: write one a line.`);
  return numbers;
}

async function armWorkers(customers: Orders["customers"]): Promise<ChildProcess[]> {
  const count = Number(values.workers);
  const progress = createProgress("arming");
  const run = randomBytes(6).toString("hex");
  let armed = 0;
  const workers = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const worker = fork(new URL("./blast/worker.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
      const orders: Orders = {
        apiUrl: values.api,
        apiKeyFile: values["key-file"],
        customers,
        perSecond: Number(values.rate) / count,
        seconds: Number(values.seconds),
        amountMinor: values.amount,
        run: `blast-${run}-${index}`,
      };
      worker.send(orders);
      const [said] = (await once(worker, "message")) as [Said];
      armed += 1;
      progress.update(armed / count, `${armed} of ${count} workers`);
      return { worker, said };
    }),
  );
  const failed = workers.find(({ said }) => "failed" in said)?.said;
  if (failed !== undefined && "failed" in failed) {
    for (const { worker } of workers) worker.kill();
    throw new Error(failed.failed);
  }
  progress.end(`${count} workers wait for the signal`);
  return workers.map(({ worker }) => worker);
}

/** Gives the signal, and gathers what came of it. */
async function fire(workers: readonly ChildProcess[], at: number): Promise<Fired> {
  const progress = createProgress("firing");
  const most = Number(values.rate) * Number(values.seconds);
  const posted = new Map<ChildProcess, number>();
  const fired: Fired = { accepted: 0, refused: new Map(), seconds: 0 };
  const ended = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on("message", (said: Said) => {
          if ("posted" in said) {
            posted.set(worker, said.posted);
            const sum = [...posted.values()].reduce((total, count) => total + count, 0);
            progress.update(sum / most, `${sum} of ${most} transfers`);
          } else if ("accepted" in said) {
            fired.accepted += said.accepted;
            fired.seconds = Math.max(fired.seconds, said.seconds);
            for (const [type, count] of said.refused) fired.refused.set(type, (fired.refused.get(type) ?? 0) + count);
          } else if ("failed" in said) reject(new Error(said.failed));
        });
        worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`))));
      }),
  );
  for (const worker of workers) worker.send({ at });
  await Promise.all(ended);
  progress.end(`${fired.accepted} accepted`);
  return fired;
}
