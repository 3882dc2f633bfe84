import type { Logger } from "pino";
import { type ProcessLimits, readFacts } from "./function-process.js";
import { ISOLATIONS, type Isolation, type Sandbox, sandboxes } from "./sandbox.js";

/** The sandbox that modules run in; or why none may run. */
export type Chosen = { sandbox: Sandbox } | { refused: string };

/**
 * Tries the sandboxes, strongest first, with a real process each, and takes the first that holds what it promises.
 * @param least What the deployment asks for at least. With less, no module runs.
 */
export async function chooseSandbox(
  deps: { runner: string; logger: Logger },
  limits: ProcessLimits,
  least: Isolation,
): Promise<Chosen> {
  const failures: string[] = [];
  for (const sandbox of sandboxes()) {
    const failure = await failureOf(deps.runner, sandbox, limits);
    if (failure === undefined) return accept(deps.logger, sandbox, least, failures);
    failures.push(`${sandbox.isolation}: ${failure}`);
  }
  return { refused: `No module runs here: no process keeps what its sandbox promises (${failures.join("; ")}).` };
}

function accept(logger: Logger, sandbox: Sandbox, least: Isolation, failures: readonly string[]): Chosen {
  const { isolation } = sandbox;
  if (ISOLATIONS.indexOf(isolation) > ISOLATIONS.indexOf(least)) {
    const refused =
      `No module runs here: FUNCTION_ISOLATION asks for "${least}", and this machine gives "${isolation}" (${failures.join("; ")}). ` +
      "Give the host the rights that docs/functions.md names.";
    logger.error({ failures }, refused);
    return { refused };
  }
  if (isolation === "engine") {
    logger.warn(
      { failures },
      "modules run as the host's own user: only the engine keeps them apart; docs/functions.md says more",
    );
  } else logger.info({ isolation }, "modules are isolated");
  return { sandbox };
}

async function failureOf(runner: string, sandbox: Sandbox, limits: ProcessLimits): Promise<string | undefined> {
  try {
    const { permitted, uid, givenUid, reachesHost } = await readFacts({ runner, sandbox }, limits);
    if (permitted.length > 0) return `Node's permission model permits ${permitted.join(", ")}`;
    if (givenUid !== undefined && uid !== givenUid) return `the process runs as user ${uid} instead of ${givenUid}`;
    return reachesHost && sandbox.isolation !== "engine" ? "the process can signal its host" : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
