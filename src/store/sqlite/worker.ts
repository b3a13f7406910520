/** The writer's thread, so that an fsync never stops the event loop. An entry point of its own in a build. */

import type { Database } from "bun:sqlite"
import { storeActs } from "./acts.ts"
import { type Call, committer, groups, type Outcome } from "./group-commit.ts"
import { connect } from "./open.ts"
import { faultOf } from "./trouble.ts"
import { closeDatabase } from "./writer.ts"

/** To the thread: first which file to open, then calls; `null` closes. */
export type ToWorker = string | readonly Call[] | null
/** From it: `open` or why not, then outcomes in the order of the calls, at last `closed`. */
export type FromWorker = "open" | { readonly refused: string } | readonly Outcome[] | "closed"

declare const self: Worker

const tell = (message: FromWorker) => postMessage(message)
let serving: { db: Database; queue: ReturnType<typeof groups> } | null = null

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (typeof data === "string") open(data)
  else if (data !== null) serving?.queue.add(data)
  else close()
}

function open(file: string): void {
  try {
    const db = connect(file)
    serving = { db, queue: groups(committer(db, storeActs(db)), tell) }
    tell("open")
  } catch (thrown) {
    tell({ refused: faultOf(thrown).message })
  }
}

function close(): void {
  if (serving === null) return
  serving.queue.drain()
  closeDatabase(serving.db)
  serving = null
  tell("closed")
}
