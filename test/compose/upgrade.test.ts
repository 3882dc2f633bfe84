import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { type ComposeProject, composeProject, findCompose, output } from "../../scripts/compose/compose-project.js";
import { takeFreePort } from "../../scripts/stack/free-ports.js";
import { bringUp, LEGS, type RunningProject, runningProject, timed } from "./running-project.js";

// npm run test:compose:upgrade -- <git revision>: the services of an earlier revision beside those of this one, on one chain and one
// PostgreSQL. Without a revision: the newest tag, else the commit before. A revision with other contracts is another network's.

const PREVIOUS = "event-machine-service:previous";
const KEEPERS = ["api", "watcher"];

describe("an upgrade", () => {
  let folder: string;
  let running: RunningProject;
  let on: (services: readonly string[]) => ComposeProject;

  before("build both", async () => {
    const command = await findCompose();
    if (command === undefined) throw new Error("There is no Docker engine.");
    folder = await mkdtemp(join(tmpdir(), "event-machine-upgrade-"));
    const revision = process.argv[3] ?? newestTag() ?? "HEAD~1";
    process.stdout.write(`      from ${execFileSync("git", ["log", "-1", "--format=%h %s", revision], { encoding: "utf8" })}`);
    execFileSync("sh", ["-c", 'git archive "$1" | tar -x -C "$2"', "sh", revision, folder]);
    await timed("build of the revision before", () =>
      output([
        "env",
        "DOCKER_BUILDKIT=0",
        "docker",
        "build",
        "--target",
        "service",
        "-t",
        PREVIOUS,
        "--build-arg",
        "NPM_CONFIG_REGISTRY",
        folder,
      ]),
    );
    const api = await takeFreePort();
    const settings = { API_HOST: "127.0.0.1", API_PORT: String(api), CONFIRMATIONS: "0", EVENT_MACHINE_TAG: "test" };
    const name = `em-upgrade-${randomUUID().slice(0, 8)}`;
    // Which services are of the revision before; the others are of this one.
    const over = (services: readonly string[]) => (services.length === 0 ? [] : [join(folder, `${services.join("-")}.json`)]);
    on = (services) => composeProject(command, name, settings, ["docker-compose.yml", ...over(services)]);
    for (const services of [KEEPERS, LEGS, [...KEEPERS, ...LEGS]]) {
      const images = Object.fromEntries(services.map((service) => [service, { image: PREVIOUS }]));
      await writeFile(join(folder, `${services.join("-")}.json`), JSON.stringify({ services: images }));
    }
    await timed("build of this one", () => on([]).compose(["build", "chain", "api"]));
    await timed("up, as it was before", () => bringUp(on([...KEEPERS, ...LEGS])));
    running = await runningProject(on([]), api);
    await running.transferCompletes();
  });

  after("take everything down", async () => {
    await on?.([]).compose(["down", "--volumes", "--remove-orphans"]);
    await rm(folder, { recursive: true, force: true });
  });

  const steps: [string, readonly string[]][] = [
    ["new functions beside an old watcher and API", KEEPERS],
    ["a new watcher and API beside old functions", LEGS],
    ["all of them new", []],
  ];
  for (const [what, old] of steps) {
    it(`loses and doubles nothing on the way to ${what}, nor there`, async () => {
      await running.whileMoneyMoves(() => timed(what, () => bringUp(on(old))));
      for (const service of [...KEEPERS, ...LEGS]) {
        expect((await on([]).container(service)).Config.Image === PREVIOUS, service).to.equal(old.includes(service));
      }
      await running.whileMoneyMoves(async () => undefined);
      expect(await running.violations()).to.deep.equal([]);
    });
  }
});

function newestTag(): string | undefined {
  const tags = execFileSync("git", ["tag", "--sort=-creatordate"], { encoding: "utf8" }).trim();
  return tags === "" ? undefined : tags.split("\n")[0];
}
