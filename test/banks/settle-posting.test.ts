import { expect } from "chai";
import { settlePosting } from "../../src/banks/settle-posting.js";
import { AppError } from "../../src/domain/app-error.js";
import type { PostingOutcome } from "../../src/domain/posting.js";
import { SILENT } from "./helpers/start-bank.js";

const REFERENCE = "a:debit";
const POSTED: PostingOutcome = { status: "posted", reference: REFERENCE, receipt: "{}" };
const REFUSED: PostingOutcome = { status: "refused", reference: REFERENCE, reason: "AB06", receipt: "{}" };

type Answer = PostingOutcome | Error | undefined;

describe("settling an unknown outcome", () => {
  /** A bank that gives these answers, the last one for ever, and what it was asked. */
  function bankOf(finds: Answer[], closing: PostingOutcome | Error) {
    const asked: string[] = [];
    const find = async (reference: string) => {
      asked.push(`find ${reference}`);
      const answer = finds.length > 1 ? finds.shift() : finds[0];
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const close = async (reference: string, reason: string) => {
      asked.push(`close ${reference} ${reason}`);
      if (closing instanceof Error) throw closing;
      return closing;
    };
    return { asked, settle: () => settlePosting({ find, close, logger: SILENT }, REFERENCE, { delayMs: 1 }) };
  }
  const away = new AppError("bank-unreachable", "away");
  const defect = new TypeError("of undefined");
  const errorOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error: unknown) => error);

  it("answers as the bank answered, and closes nothing", async () => {
    const { asked, settle } = bankOf([undefined, away, POSTED], REFUSED);
    expect(await settle()).to.equal(POSTED);
    expect(asked).to.deep.equal(Array(3).fill(`find ${REFERENCE}`));
  });

  it("closes the reference where three tries find no answer", async () => {
    const { asked, settle } = bankOf([undefined], REFUSED);
    expect(await settle()).to.equal(REFUSED);
    expect(asked).to.deep.equal([...Array(3).fill(`find ${REFERENCE}`), `close ${REFERENCE} AB06`]);
  });

  it("leaves the outcome unknown where the bank cannot be asked and the reference cannot be closed", async () => {
    expect(await errorOf(bankOf([away], away).settle())).to.include({ code: "bank-outcome-unknown" });
  });

  it("takes a defect for no answer of the bank, and closes nothing after one", async () => {
    const { asked, settle } = bankOf([defect], REFUSED);
    expect(await errorOf(settle())).to.equal(defect);
    expect(asked).to.deep.equal([`find ${REFERENCE}`]);
    expect(await errorOf(bankOf([undefined], defect).settle())).to.equal(defect);
  });
});
