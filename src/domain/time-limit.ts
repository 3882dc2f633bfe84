/**
 * Runs something with a signal that aborts after `timeoutMs`, as `AbortSignal.timeout` does. That one keeps its timer when all is over,
 * and makes an error of it in the end, for every request.
 */
export async function withTimeLimit<T>(timeoutMs: number, run: (late: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException(`It took more than ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  try {
    return await run(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
