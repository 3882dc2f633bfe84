import { expect } from "chai";

/** The error of a class that a promise ends with. */
export async function expectError<E extends Error>(
  promise: Promise<unknown>,
  // biome-ignore lint/suspicious/noExplicitAny: whatever an error is made of
  type: abstract new (...given: any[]) => E,
): Promise<E> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(type);
  return error as E;
}
