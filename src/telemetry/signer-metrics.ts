import type { Collectors } from "./collectors.js";

interface Signer {
  address: string;
  role: "initiator" | "accounts-operator" | "arbiter" | "outcomes-operator" | "legs-operator";
}

interface Account {
  balanceWei: bigint;
  /** The nonce of the next transaction by mined blocks, and by what the node has waiting as well. */
  nonces: { latest: number; pending: number };
}

const MAX_AGE_MS = 15_000;

/** What the chain says of the keys that this process signs with. */
export function addSignerMetrics(
  collectors: Collectors,
  signers: readonly Signer[],
  read: (address: string) => Promise<Account>,
): void {
  const readAll = () => Promise.all(signers.map(async (signer) => ({ ...signer, ...(await read(signer.address)) })));
  collectors.add("signers", MAX_AGE_MS, readAll, [
    {
      name: "eventmachine_signer_balance_wei",
      help: "What a signing key has for gas",
      labelNames: ["address", "role"],
      samples: (answer) =>
        answer.map(({ address, role, balanceWei }) => ({ labels: { address, role }, value: Number(balanceWei) })),
    },
    {
      name: "eventmachine_signer_nonce",
      help: "The next nonce of a signing key, by mined blocks (latest) and with what the node has waiting (pending)",
      labelNames: ["address", "role", "block"],
      samples: (answer) =>
        answer.flatMap(({ address, role, nonces }) =>
          Object.entries(nonces).map(([block, value]) => ({ labels: { address, role, block }, value })),
        ),
    },
  ]);
}
