import { expect } from "chai";
import { AppError, type ErrorCode } from "../../src/domain/app-error.js";

/** Asserts that `action` throws, or rejects with, an AppError of the given code; returns it. */
export async function expectAppError(code: ErrorCode, action: () => unknown): Promise<AppError> {
  let thrown: unknown;
  try {
    await action();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `expected the error ${code}`).to.be.instanceOf(AppError);
  const error = thrown as AppError;
  expect(error.code).to.equal(code);
  return error;
}
