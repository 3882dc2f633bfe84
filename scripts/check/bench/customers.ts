import { DEMO_BANKS } from "../../stack/demo-network.js";
import { openAccount, registerPhone } from "../../stack/register-demo-accounts.js";
import type { Stack } from "../../stack/stack.js";
import type { Customers } from "./load.js";
import { createProgress } from "./progress.js";

const OPENING_MINOR = "100000000000";
// Thai mobile numbers: +66 8 and eight digits.
const FIRST_NUMBER = 20_000_000;
const AT_ONCE = 50;

/** Opens accounts at both banks, and registers a phone number for each, unless told not to. */
export async function createCustomers(stack: Stack, perBank: number, { register = true } = {}): Promise<Customers> {
  const progress = createProgress("customers");
  const [payers, payees] = await Promise.all(
    DEMO_BANKS.map(async (bank, index) => {
      const bankServer = { url: `http://127.0.0.1:${stack.ports.banks[index]}`, token: stack.secrets.banks[index]?.token ?? "" };
      const phones = Array.from({ length: perBank }, (_, number) => `+668${FIRST_NUMBER * (index + 1) + number}`);
      for (let at = 0; at < phones.length; at += AT_ONCE) {
        progress.update(at / phones.length, "");
        await Promise.all(
          phones.slice(at, at + AT_ONCE).map(async (phone) => {
            const account = accountOf(phone);
            await openAccount(bankServer, account, OPENING_MINOR);
            if (register) await registerPhone(stack.apiUrl, stack.secrets.apiKey, { phone, bank: bank.id, account });
          }),
        );
      }
      return phones;
    }),
  );
  progress.end(`${perBank} at each bank`);
  return { payers: payers as string[], payees: payees as string[] };
}

/** The account of one of these customers. */
export function accountOf(phone: string): string {
  return `9${phone.slice(1)}`;
}
