import { Agent } from "undici";

/** Connections that owners do not share: receivers of one owner that hang leave those of another their own, on the same origin too. */
export interface OwnerAgents {
  of(owner: string): Agent;
  destroy(): Promise<void>;
}

// An agent without connections is small; more owners than this are not active at once.
const OWNERS_MAX = 1_000;

/** @param options The settings of each owner's agent. */
export function createOwnerAgents(options: Agent.Options): OwnerAgents {
  // In the order of use: the longest unused comes first.
  const agents = new Map<string, Agent>();
  return {
    of(owner) {
      const agent = agents.get(owner) ?? new Agent(options);
      agents.delete(owner);
      agents.set(owner, agent);
      for (const [name, unused] of agents) {
        if (agents.size <= OWNERS_MAX) break;
        agents.delete(name);
        // Requests under way are answered first.
        unused.close().catch(() => undefined);
      }
      return agent;
    },
    async destroy() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}
