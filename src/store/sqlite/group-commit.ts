/** Many acts, one fsync: what arrives while a commit is under way goes into the next one. No timers, no waiting. */

import type { Database } from "bun:sqlite"
import type { FaultCode } from "../../faults.ts"
import { faultOf, isDiskBroken, isDiskFull } from "./trouble.ts"

/** Synchronous changes by name; arguments and results can be cloned between threads. */
export type Acts = { readonly [name: string]: (given: never) => unknown }

export type Call = readonly [name: string, given: unknown]
export type Outcome =
  | { readonly value: unknown }
  | { readonly code: FaultCode; readonly detail: string; readonly isDiskFull?: boolean }

// Bounds how long the first of a group waits for the last, and how far one transaction lets the log grow.
const LARGEST_GROUP = 512

/**
 * Performs calls in one transaction; when it returns, the outcomes, in the order of the calls, are on disk. When one of
 * them throws, all are undone and done again each alone, so that only the guilty one is refused. After the disk has failed
 * once, which `onBroken` is told, every call is refused: after an fsync that failed, the next one may succeed and mean nothing.
 */
export function committer(
  db: Database,
  acts: Acts,
  onBroken = (_reason: string) => {},
): (calls: readonly Call[]) => Outcome[] {
  const begin = db.query("BEGIN IMMEDIATE")
  const commit = db.query("COMMIT")
  let failure: unknown = null

  const perform = ([name, given]: Call): Outcome => {
    const act = acts[name]
    if (act === undefined) throw new Error(`no act is called ${name}`)
    return { value: act(given as never) }
  }
  const undo = () => {
    if (db.inTransaction) db.run("ROLLBACK")
  }
  const note = (thrown: unknown) => {
    if (failure !== null || !isDiskBroken(thrown)) return
    failure = thrown
    onBroken(refusal(thrown).detail)
  }

  return function together(calls: readonly Call[]): Outcome[] {
    const refuseAll = (thrown: unknown): Outcome[] => {
      note(thrown)
      return calls.map(() => refusal(thrown))
    }
    const oneByOne = (): Outcome[] => calls.flatMap((call) => together([call]))
    if (failure !== null) return refuseAll(failure)
    try {
      begin.run()
    } catch (thrown) {
      return refuseAll(thrown)
    }
    let outcomes: Outcome[]
    try {
      outcomes = calls.map(perform)
    } catch (thrown) {
      note(thrown)
      undo()
      return calls.length > 1 ? oneByOne() : refuseAll(thrown)
    }
    try {
      commit.run()
      return outcomes
    } catch (thrown) {
      undo()
      // On a full disk a deletion may still find room where the deposits beside it did not.
      return calls.length > 1 && isDiskFull(thrown) ? oneByOne() : refuseAll(thrown)
    }
  }
}

function refusal(thrown: unknown) {
  const { code, detail, message } = faultOf(thrown)
  const outcome = { detail: detail ?? message, isDiskFull: isDiskFull(thrown) }
  return { ...outcome, code: isDiskBroken(thrown) ? "store.disk_failed" : code } as const satisfies Outcome
}

/** Collects calls into groups and hands the outcomes on, in the order in which the calls were added. */
export function groups(together: (calls: readonly Call[]) => Outcome[], answer: (outcomes: Outcome[]) => void) {
  let waiting: Call[] = []
  let isDue = false

  const next = () => {
    const group = waiting.slice(0, LARGEST_GROUP)
    waiting = waiting.slice(LARGEST_GROUP)
    if (group.length > 0) answer(together(group))
  }
  const schedule = () => {
    if (isDue || waiting.length === 0) return
    isDue = true
    setImmediate(() => {
      isDue = false
      next()
      schedule()
    })
  }

  return {
    add(calls: readonly Call[]) {
      for (const call of calls) waiting.push(call)
      schedule()
    },
    /** Commits at once what still waits. */
    drain() {
      while (waiting.length > 0) next()
    },
  }
}
