import { performance } from "node:perf_hooks";

const WORDS = (16 * 2 ** 20) / Int32Array.BYTES_PER_ELEMENT;
const READS = 300_000;
const ROUNDS = 9;

/**
 * How long one read takes, in nanoseconds, from a random place in 16 MB that the read before has told of: 10 to 20 where a core has as much
 * cache to itself; 100 and more where what runs beside it, on a virtual machine also in others, has taken the cache. Processes that take
 * turns then find little of what they need in it, so this belongs beside figures of different days.
 *
 * @returns the median of some rounds; takes about a second, and keeps one core busy
 */
export function measureMemoryRead(): number {
  const next = oneCycle();
  let at = 0;
  const rounds = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    for (let read = 0; read < READS; read += 1) at = next[at] ?? 0;
    return ((performance.now() - began) * 1e6) / READS;
  });
  // Where it ended belongs to the result, or the compiler might leave the reads out.
  return (rounds.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0) + Math.min(at, 0);
}

/** Each word is the index of another, all in one cycle (Sattolo's shuffle). */
function oneCycle(): Int32Array {
  const next = Int32Array.from({ length: WORDS }, (_, index) => index);
  for (let last = WORDS - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * last);
    const kept = next[last] ?? 0;
    next[last] = next[other] ?? 0;
    next[other] = kept;
  }
  return next;
}
