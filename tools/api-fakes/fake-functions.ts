import type { ApiDeps } from "../../src/api/deps.js";
import type { FunctionView } from "../../src/api/function-ports.js";

/** A registry that can only be read; what changes it is tested on a real store. */
export function createFakeFunctions(
  registry: () => readonly FunctionView[],
): Pick<ApiDeps, "functions" | "functionTargets" | "invocations"> {
  const absent = async (): Promise<never> => {
    throw new Error("There is no store in this test");
  };
  const visible = ({ visibleTo }: { visibleTo?: string }) =>
    registry().filter(({ owner }) => visibleTo === undefined || owner === null || owner === visibleTo);
  return {
    functions: {
      list: async (selection) => visible(selection),
      find: async (name, selection) => visible(selection).find((fn) => fn.name === name),
      insert: absent,
      update: absent,
      remove: absent,
      rotateSecret: absent,
      enable: absent,
      parked: async () => [],
      parkedOf: async () => [],
      requests: async () => [],
      replay: absent,
      source: async () => undefined,
    },
    functionTargets: { checkReachable: absent, readModule: absent, send: absent },
    invocations: {
      insert: absent,
      failExhausted: absent,
      claim: absent,
      finish: absent,
      find: async () => undefined,
      list: async () => [],
    },
  };
}
