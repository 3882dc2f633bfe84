import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { transferId } from "../../src/domain/ids.js";

/** A car's insurance, paid with its lease. Money in minor units. */
export interface Policy {
  contract: string;
  premiumMinor: bigint;
  paid: number;
  missed: number;
}

interface TransferEvent {
  type: string;
  subject: string;
}

// By month: 1 % less for an instalment that was paid, 5 % more for one that was not; never below 80 % of where it began.
const PAID_PERMILLE = 990n;
const MISSED_PERMILLE = 1_050n;
const FLOOR_PERMILLE = 800n;
const WHOLE_PERMILLE = 1_000n;
const BODY_MAX_BYTES = 1_000_000;

/** Names an instalment. The leasing company starts its transfer under this key, so both know the transfer's id without telling. */
export function instalmentKey(contract: string, month: string): string {
  return `lease-${contract}-${month}`;
}

/**
 * An insurer. It learns from a webhook which instalments of a lease were paid, and adjusts the premium; of who paid, and from which
 * account, it learns nothing.
 * @param of.secret Says which secret signs the webhook; it is known once the function is registered.
 */
export function createInsurer(of: { domain: string; organisation: string; leasingCompany: string; secret: () => string }) {
  const policies = new Map<string, Policy & { initialMinor: bigint }>();
  // Which instalment a transfer is, until it is settled: each event may come more than once.
  const expected = new Map<string, string>();

  function insure(contract: string, premiumMinor: bigint, months: readonly string[]): void {
    policies.set(contract, { contract, premiumMinor, initialMinor: premiumMinor, paid: 0, missed: 0 });
    for (const month of months) {
      const { domain, organisation, leasingCompany: principal } = of;
      expected.set(transferId({ domain, organisation, principal, idempotencyKey: instalmentKey(contract, month) }), contract);
    }
  }

  function settle({ type, subject }: TransferEvent): void {
    const contract = expected.get(subject);
    const policy = contract === undefined ? undefined : policies.get(contract);
    if (policy === undefined) return;
    expected.delete(subject);
    if (type.endsWith(".completed")) {
      policy.paid += 1;
      const lower = (policy.premiumMinor * PAID_PERMILLE) / WHOLE_PERMILLE;
      const floor = (policy.initialMinor * FLOOR_PERMILLE) / WHOLE_PERMILLE;
      policy.premiumMinor = lower > floor ? lower : floor;
    } else {
      policy.missed += 1;
      policy.premiumMinor = (policy.premiumMinor * MISSED_PERMILLE) / WHOLE_PERMILLE;
    }
  }

  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return response.writeHead(405).end();
    const body = await readBody(request);
    if (body === undefined || !isSigned(of.secret(), request, body)) return response.writeHead(401).end();
    for (const event of JSON.parse(body) as TransferEvent[]) settle(event);
    response.writeHead(204).end();
  });

  return {
    insure,
    policy: (contract: string): Policy | undefined => policies.get(contract),
    async listen(port = 0): Promise<string> {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/lease-events`;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isSigned(secret: string, request: IncomingMessage, body: string): boolean {
  try {
    new Webhook(secret).verify(body, request.headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
