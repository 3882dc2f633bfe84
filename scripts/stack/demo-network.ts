/** The two banks of the demo, and a customer of each. Money in satang. */
export const DEMO_BANKS = [
  { id: "FAASTHB1", name: "faas", phone: "+66812345678", account: "1103700458219", openingBalance: "1000000" },
  { id: "WHSKTHB1", name: "whsk", phone: "+66898765432", account: "7402655913087", openingBalance: "1000000" },
] as const;

/** The organisation that the demo's API starts transfers for. */
export const DEMO_ORGANISATION = "demo";

export const DEMO_CURRENCY = "THB";

/** A third bank, which has no API, and a customer of it: with `npm start -- --with-legacy-bank`. */
export const LEGACY_BANK = {
  id: "HIVETHB1",
  name: "hive",
  phone: "+66834567890",
  account: "2208164739501",
  openingBalance: "1000000",
} as const;
