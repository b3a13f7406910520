/** The one way to change the database: acts by name, answered when the commit that holds them was fsynced. */

import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import { Fault } from "../../faults.ts"
import type { StoreMeter } from "../store.ts"
import { type Acts, type Call, committer, groups, type Outcome } from "./group-commit.ts"
import { isDiskFull } from "./trouble.ts"

export type Runner<A extends Acts> = {
  /** Rejects with Fault `store.failed` when the disk refuses, or when the writer is closed or lost. */
  run<N extends keyof A & string>(name: N, given: Parameters<A[N]>[0]): Promise<ReturnType<A[N]>>
}

export type Writer<A extends Acts> = Runner<A> & AsyncDisposable

/** Where calls go. Each is answered in turn, or all at once by `lost`. */
export type Line = { post(calls: readonly Call[]): void; close(): Promise<void> }
export type Ends = { answer(outcomes: readonly Outcome[]): void; lost(reason: string): void }

type Waiting = { resolve(value: unknown): void; reject(fault: Fault): void }

/** What it costs is noted by whoever wants to know. */
type Measured = { readonly meter?: StoreMeter | undefined; readonly clock: Pick<Clock, "now"> }

/** `beforeClose` runs after the last answer, while the database is still open. */
export function createWriter<A extends Acts>(
  join: (ends: Ends) => Line,
  beforeClose: () => void,
  { meter, clock }: Measured = { clock: { now: () => 0 } },
): Writer<A> {
  let waiting: Waiting[] = []
  let fresh: Call[] = []
  let closed: string | null = null
  let isClosing = false
  let onEmpty = () => {}
  // Since when the oldest that waits could have been on its way to the disk.
  let since = 0

  const line = join({
    answer(outcomes) {
      for (const [at, outcome] of outcomes.entries()) settle(waiting[at], outcome)
      waiting = waiting.slice(outcomes.length)
      meter?.committed(outcomes.length, Math.max(0, clock.now() - since) / 1000)
      meter?.queued(waiting.length)
      since = clock.now()
      if (waiting.length === 0) onEmpty()
    },
    lost(reason) {
      closed = reason
      for (const { reject } of waiting) reject(new Fault("store.failed", { detail: reason }))
      waiting = []
      onEmpty()
    },
  })
  // Handed on once per turn of the microtasks: a message to another thread costs more than what is in it.
  const post = () => {
    const calls = fresh
    fresh = []
    if (calls.length > 0) line.post(calls)
  }

  return {
    run<N extends keyof A & string>(name: N, given: Parameters<A[N]>[0]) {
      return new Promise<ReturnType<A[N]>>((resolve, reject) => {
        if (closed !== null) return reject(new Fault("store.failed", { detail: closed }))
        if (waiting.length === 0) since = clock.now()
        waiting.push({ resolve: resolve as Waiting["resolve"], reject })
        meter?.queued(waiting.length)
        if (fresh.push([name, given]) === 1) setImmediate(post)
      })
    },
    async [Symbol.asyncDispose]() {
      if (isClosing) return
      isClosing = true
      closed ??= "the store is closed"
      if (waiting.length > 0) await new Promise<void>((resolve) => (onEmpty = resolve))
      beforeClose()
      await line.close()
    },
  }
}

function settle(waiting: Waiting | undefined, outcome: Outcome): void {
  if ("value" in outcome) waiting?.resolve(outcome.value)
  else waiting?.reject(new Fault(outcome.code, { detail: outcome.detail }))
}

/** Commits on this thread: for tests, memory, and short commands. */
export function inPlace(db: Database, acts: Acts, together = committer(db, acts)): (ends: Ends) => Line {
  return ({ answer }) => {
    const { add } = groups(together, answer)
    return { post: add, close: async () => closeDatabase(db) }
  }
}

/** Empties the write-ahead log into the database, so that the file alone is complete, and closes. */
export function closeDatabase(db: Database): void {
  try {
    db.query("PRAGMA wal_checkpoint(TRUNCATE)").get()
  } catch (thrown) {
    // Then the log stays, and the next start reads it.
    if (!isDiskFull(thrown)) throw thrown
  }
  db.close(true)
}
