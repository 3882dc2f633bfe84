import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";

const run = promisify(execFile);

const COMMAND_TIMEOUT_MS = 15 * 60_000; // The first build installs all dependencies twice.
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** What is used of `docker inspect`. */
const Container = Type.Object({
  Id: Type.String(),
  Config: Type.Object({
    Image: Type.String(),
    Labels: Type.Record(Type.String(), Type.String()),
    Env: Type.Array(Type.String()),
    Healthcheck: Type.Optional(Type.Object({ Test: Type.Array(Type.String()) })),
  }),
  State: Type.Object({
    Status: Type.String(),
    ExitCode: Type.Integer(),
    Health: Type.Optional(Type.Object({ Status: Type.String() })),
  }),
  RestartCount: Type.Integer(),
  HostConfig: Type.Object({
    Memory: Type.Integer(),
    PidsLimit: Type.Union([Type.Integer(), Type.Null()]),
    ReadonlyRootfs: Type.Boolean(),
    RestartPolicy: Type.Object({ Name: Type.String() }),
    PortBindings: Type.Record(Type.String(), Type.Array(Type.Object({ HostIp: Type.String(), HostPort: Type.String() }))),
  }),
  NetworkSettings: Type.Object({ Networks: Type.Record(Type.String(), Type.Object({ IPAddress: Type.String() })) }),
  Mounts: Type.Array(Type.Object({ Type: Type.String(), Name: Type.Optional(Type.String()), Destination: Type.String() })),
});
export type Container = Static<typeof Container>;

/** A Compose project of this repository's files. */
export interface ComposeProject {
  readonly name: string;
  /** Runs `docker compose …`; throws with its output if it fails. `settings` are added to the project's own. */
  compose(args: readonly string[], settings?: Record<string, string>): Promise<string>;
  /** Runs a command in a service's container, as the service's user. */
  exec(service: string, ...command: string[]): Promise<string>;
  /** Acts on a service's container directly: `kill`, `start`, `pause`, `unpause`. Nobody is told, Compose included. */
  docker(action: "kill" | "start" | "pause" | "unpause", service: string): Promise<void>;
  /** The containers by service, ended ones included; a second of a service has its number behind a slash, e.g. `watcher/2`. */
  containers(): Promise<Map<string, Container>>;
  container(service: string): Promise<Container>;
}

/** The Compose on this machine, version 2 or else 1.29; `undefined` where there is none, or no engine that answers. */
export async function findCompose(): Promise<readonly string[] | undefined> {
  if (!(await succeeds(["docker", "info"]))) return undefined;
  if (await succeeds(["docker", "compose", "version"])) return ["docker", "compose"];
  // 1.29 cannot tell how a build by BuildKit went.
  if (await succeeds(["docker-compose", "version"])) return ["env", "DOCKER_BUILDKIT=0", "docker-compose"];
  return undefined;
}

/**
 * @param files Compose files, each over the one before.
 * @param settings their variables; they win over the environment's and `.env`'s
 */
export function composeProject(
  command: readonly string[],
  name: string,
  settings: Record<string, string>,
  files: readonly string[] = ["docker-compose.yml"],
): ComposeProject {
  async function compose(args: readonly string[], more: Record<string, string> = {}): Promise<string> {
    const variables = Object.entries({ ...settings, ...more }).map(([key, value]) => `${key}=${value}`);
    return await output(["env", ...variables, ...command, "-p", name, ...files.flatMap((file) => ["-f", file]), ...args]);
  }

  async function containers(): Promise<Map<string, Container>> {
    const ids = await output(["docker", "ps", "--all", "--quiet", "--filter", `label=com.docker.compose.project=${name}`]);
    if (ids.trim() === "") return new Map();
    const inspected: unknown = JSON.parse(await output(["docker", "inspect", ...ids.trim().split("\n")]));
    const found = Value.Parse(Type.Array(Container), inspected);
    return new Map(
      found.map((container) => {
        const { Labels } = container.Config;
        const number = Labels["com.docker.compose.container-number"] ?? "1";
        return [`${Labels["com.docker.compose.service"]}${number === "1" ? "" : `/${number}`}`, container];
      }),
    );
  }

  async function container(service: string): Promise<Container> {
    const found = (await containers()).get(service);
    if (found === undefined) throw new Error(`There is no container of ${service}.`);
    return found;
  }

  return {
    name,
    compose,
    docker: async (action, service) => void (await output(["docker", action, (await container(service)).Id])),
    containers,
    container,
    exec: async (service, ...args) => await output(["docker", "exec", (await container(service)).Id, ...args]),
  };
}

/** Asks again until the answer is wanted. Throws after `timeoutMs`, with the last answer. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean, timeoutMs: number): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > until) throw new Error(`Not within ${timeoutMs} ms: ${JSON.stringify(answer)}`);
    await sleep(200);
  }
}

/** What a command prints; throws with that if it fails. */
export async function output([file = "", ...args]: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(file, args, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${[file, ...args].join(" ")} failed:\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`, { cause: error });
  }
}

async function succeeds([file = "", ...args]: readonly string[]): Promise<boolean> {
  return await run(file, args).then(
    () => true,
    () => false,
  );
}
