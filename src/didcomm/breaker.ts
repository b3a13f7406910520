import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"

const THREADS = 10_000
const MOST_ERRORS = 8

/**
 * Problem reports must not become a storm (report-problem 2.0 §problem-codes): after so many on one thread of one peer
 * the last says so, and then there is silence.
 */
export function createBreaker() {
  const errors = new LRUCache<string, number>(bounded(THREADS))

  /** What this error on the thread deserves. */
  function next(peer: string, thread: string): "report" | "last" | "silence" {
    const key = `${peer} ${thread}`
    const count = (errors.get(key) ?? 0) + 1
    errors.set(key, count)
    if (count < MOST_ERRORS) return "report"
    return count === MOST_ERRORS ? "last" : "silence"
  }

  return { next }
}
