/** On a full disk: what keeps more is refused, and what frees is done, with the ballast's room if it must be. */

import type { Database } from "bun:sqlite"
import type { StoreActs } from "./acts.ts"
import { ballastBeside } from "./ballast.ts"
import type { Call, Outcome } from "./group-commit.ts"
import { isDiskFull } from "./trouble.ts"

/** Acts that leave more room than they take, and those by which an operator stops somebody. */
const undaunted: ReadonlySet<string> = new Set<keyof StoreActs>([
  "acknowledge",
  "expire",
  "forgetEnded",
  "shrink",
  "forget",
  "purge",
  "prune",
  "unbind",
  "unpublish",
  "drop",
  "transition",
  "revokeInvite",
  "removeAdmin",
  "removeToken",
  "foreignChanges",
])

const MOST_LOG_PAGES = 4000
const PAGES = 256
// Bounds how long one commit is held up by giving pages back; the next one goes on with it.
const STEPS = 8
const LEAST_MARGIN = 512 * 1024

export type News = {
  readonly level: "error" | "warn" | "info"
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** From now on only reading goes on. */
export const diskFailed = (file: string, reason: string): News => ({
  level: "error",
  event: "store.disk_failed",
  fields: {
    file,
    reason,
    advice: "look after the disk, then restart; until then mail is handed out and none is accepted",
  },
})

type Given = {
  /** The database's path. */
  readonly file: string
  /** Bytes to hold back at most; 0: hold back nothing, but use what another process holds back. */
  readonly ballast: number
  readonly tell: (news: News) => void
}

type Together = (calls: readonly Call[]) => Outcome[]

/** `together`, on a disk that may be full. Holds the ballast from now on, and empties the log first. */
export function onFullDisk(db: Database, together: Together, { file, ballast: most, tell }: Given): Together {
  const ballast = ballastBeside(file, most)
  const margin = Math.max(LEAST_MARGIN, ballast.bytes / 2)
  const emptyLog = db.query("PRAGMA wal_checkpoint(TRUNCATE)")
  const freePages = db.query<{ freelist_count: number }, []>("PRAGMA freelist_count")
  let isShort = false

  function runShort(): void {
    if (isShort) return
    isShort = true
    tell({ level: "error", event: "store.disk_full", fields: { file, free: ballast.room() } })
  }

  function drop(): boolean {
    if (!ballast.drop()) return false
    tell({ level: "warn", event: "store.ballast_dropped", fields: { bytes: ballast.bytes } })
    return true
  }

  /** Moves what the log holds into the database and gives the log's room back; for that, too, the ballast may go. */
  function settle(): boolean {
    if (fits(() => emptyLog.get())) return true
    runShort()
    return drop() && fits(() => emptyLog.get())
  }

  // More room than for the ballast alone: otherwise the next deposit would find the disk full again.
  function recover(): boolean {
    const wanted = ballast.isHeld() ? margin : ballast.bytes + margin
    if (ballast.room() < wanted || !ballast.hold()) return false
    isShort = false
    tell({ level: "info", event: "store.disk_recovered", fields: { free: ballast.room() } })
    return true
  }

  /** Gives free pages back to the disk until there is room for the ballast and for mail. */
  function relieve(): void {
    for (let step = 0; step < STEPS; step++) {
      if (!settle() || recover() || freePages.get()?.freelist_count === 0) return
      if (!fits(() => db.run(`PRAGMA incremental_vacuum(${PAGES})`))) return
    }
    if (settle()) recover()
  }

  /** Once more, with the ballast's room, for those that a full disk must not stop. */
  function insist(calls: readonly Call[], outcomes: Outcome[]): Outcome[] {
    const failed = calls.filter((call, at) => isUndaunted(call) && isFull(outcomes[at]))
    if (failed.length === 0) return outcomes
    drop()
    makingRoom(settle)
    const again = together(failed)
    return outcomes.map((outcome, at) => again[failed.indexOf(calls[at] as Call)] ?? outcome)
  }

  function whileShort(calls: readonly Call[]): Outcome[] {
    const allowed = calls.filter(isUndaunted)
    if (allowed.length === 0) return calls.map(() => REFUSED)
    const done = insist(allowed, together(allowed))
    makingRoom(relieve)
    return calls.map((call) => done[allowed.indexOf(call)] ?? REFUSED)
  }

  if (most > 0) {
    // What the log may hold has to fit into the database with the ballast's help, and half of that is for new frames.
    db.run(`PRAGMA wal_autocheckpoint = ${Math.min(MOST_LOG_PAGES, Math.ceil(ballast.bytes / 2 / pageSize(db)))}`)
    settle()
    if (ballast.hold()) isShort = false
    else runShort()
  }

  return (calls) => {
    if (isShort && !recover()) return whileShort(calls)
    const outcomes = together(calls)
    if (outcomes.some(isFull)) {
      runShort()
      const done = insist(calls, outcomes)
      if (calls.some(isUndaunted)) makingRoom(relieve)
      return done
    }
    // Once a minute: another process may have dropped it.
    if (most > 0 && calls.some(([name]) => name === "shrink") && !ballast.hold()) runShort()
    return outcomes
  }
}

const REFUSED: Outcome = {
  code: "store.failed",
  detail: "the disk is full: until there is room, nothing is kept that is new",
}

const isFull = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && "isDiskFull" in outcome && outcome.isDiskFull === true

function isUndaunted([name, given]: Call): boolean {
  if (name !== "once") return undaunted.has(name)
  return isUndaunted((given as Parameters<StoreActs["once"]>[0]).call)
}

/** What was committed stays committed whatever comes of this; other trouble than a full disk shows at the next commit. */
function makingRoom(act: () => unknown): void {
  try {
    act()
  } catch {}
}

/** Whether there was room for it. */
function fits(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (thrown) {
    if (isDiskFull(thrown)) return false
    throw thrown
  }
}

const pageSize = (db: Database): number =>
  db.query<{ page_size: number }, []>("PRAGMA page_size").get()?.page_size ?? 4096
