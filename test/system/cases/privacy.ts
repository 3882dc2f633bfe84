import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import { newAccountNumber, newPhone } from "../../../tools/system/customers.js";
import { accountForms, type CanaryForm, clearForms, phoneForms } from "../../../tools/system/privacy/canary-forms.js";
import { createScanner, type Haystack } from "../../../tools/system/privacy/scanner.js";
import { secretForms } from "../../../tools/system/privacy/secret-forms.js";
import {
  readChainTexts,
  readLogTexts,
  readMetricsTexts,
  readStoreTexts,
  readTraceTexts,
} from "../../../tools/system/privacy/sources.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { plantInLogs, plantInStore, plantOnChain } from "../privacy/plants.js";

const PLANTED_PLACES = ["calldata", "log data", "store text", "store json", "store bytes", "log file"] as const;

/** No phone number, account number, message or key is anywhere but where it must be. To be run after what would leave them. */
export function describePrivacy(system: () => System): void {
  describe("what is private", () => {
    const message = `canary ${randomBytes(12).toString("hex")}`;

    before(async () => {
      const { api } = system();
      const [payer, payee] = DEMO_BANKS;
      // The ways in: a transfer with a message, look-ups of a number that is there and of one that is not, and what is malformed.
      await api.post({ ...transferBody(payer, payee), message }, { waitSeconds: 20 });
      await api.post({ ...transferBody(payer, payee), payee: { phone: newPhone() } });
      await api.call(`/v1/phone-accounts/${encodeURIComponent(payer.phone)}`);
      await api.call(`/v1/phone-accounts/${encodeURIComponent(`${payee.phone}0`)}`);
      await api.call("/v1/transfers", {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": "malformed" },
        body: `{"payer":{"phone":"${payer.phone}"`,
      });
    });

    it("would be found in every form, wherever it is planted", async () => {
      const { stack, store } = system();
      const forms = [...phoneForms(newPhone()), ...accountForms(newAccountNumber())];
      const planted = await plantOnChain(system(), forms);
      await plantInStore(system(), forms);
      const unplant = await plantInLogs(system(), forms);
      const chainTexts = await readChainTexts(system());
      const storeTexts = (await readStoreTexts(store)).filter(({ where }) => where.endsWith(".planted"));
      const logTexts = await readLogTexts(stack.dataDir);
      await unplant();
      await store.query("drop table planted");

      const at = (texts: readonly Haystack[], where: string) => texts.filter((text) => text.where === where);
      const places: Record<(typeof PLANTED_PLACES)[number], Haystack[]> = {
        calldata: at(chainTexts, `calldata of ${planted.calldata}`),
        "log data": at(chainTexts, `log data of ${planted.log}`),
        "store text": storeTexts.slice(0, 1),
        "store json": storeTexts.slice(1, 2),
        "store bytes": storeTexts.slice(2, 3),
        "log file": at(logTexts, "log file planted.log"),
      };
      const names = forms.map(({ name }) => name).toSorted();
      for (const place of PLANTED_PLACES) {
        const found = places[place].flatMap(createScanner(forms)).map(({ name }) => name);
        expect(found.toSorted(), place).deep.equal(names);
      }
    });

    it("is not on the chain, in the store, in the logs, in the metrics or in the traces: no customer's phone or account number, no message", async () => {
      const { customers } = system();
      const people = [...DEMO_BANKS, ...customers];
      expect(people).length.above(20);
      const forms = [
        ...people.flatMap(({ phone, account }) => [...phoneForms(phone), ...accountForms(account)]),
        ...clearForms(message),
      ];
      expect(find(await everything(system()), forms)).deep.equal([]);
    });

    it("is not on the chain, in the store, in the logs, in the metrics or in the traces: no key, token or password", async () => {
      const { stack, store } = system();
      const public_ = [
        ...(await readChainTexts(system())),
        ...(await readLogTexts(stack.dataDir)),
        ...(await readMetricsTexts(stack)),
        ...readTraceTexts(system()),
      ];
      expect(find(public_, secretForms(stack.secrets, { inStore: true }))).deep.equal([]);
      expect(find(await readStoreTexts(store), secretForms(stack.secrets, { inStore: false }))).deep.equal([]);
    });
  });
}

async function everything(system: System): Promise<Haystack[]> {
  const texts = [
    ...(await readChainTexts(system)),
    ...(await readStoreTexts(system.store)),
    ...(await readLogTexts(system.stack.dataDir)),
    ...(await readMetricsTexts(system.stack)),
    ...readTraceTexts(system),
  ];
  // That something was read at all.
  for (const place of [
    "calldata",
    "topics",
    "log data",
    "a row of public.journal",
    "a row of public.events",
    "log file api.log",
    "metrics of service 0",
    "spans",
  ]) {
    expect(
      texts.some(({ where, text }) => where.startsWith(place) && text.length > 20),
      place,
    ).equal(true);
  }
  return texts;
}

function find(texts: readonly Haystack[], forms: readonly CanaryForm[]): { where: string; name: string }[] {
  return texts.flatMap(createScanner(forms));
}
