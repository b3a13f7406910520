/** The writer's thread, so that an fsync never stops the event loop. An entry point of its own in a build. */

import type { Database } from "bun:sqlite"
import { storeActs } from "./acts.ts"
import { diskFailed, type News, onFullDisk } from "./full-disk.ts"
import { type Call, committer, groups, type Outcome } from "./group-commit.ts"
import { connect } from "./open.ts"
import { faultOf } from "./trouble.ts"
import { closeDatabase } from "./writer.ts"

/** Which file to open, and how many bytes to hold back on its disk. */
export type Opening = { readonly file: string; readonly ballast: number }
/** To the thread: first what to open, then calls; `null` closes. */
export type ToWorker = Opening | readonly Call[] | null
/** From it: `open` or why not, then outcomes in the order of the calls, at last `closed`. News at any time. */
export type FromWorker = "open" | { readonly refused: string } | { readonly news: News } | readonly Outcome[] | "closed"

declare const self: Worker

const tell = (message: FromWorker) => postMessage(message)
let serving: { db: Database; queue: ReturnType<typeof groups> } | null = null

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data === null) close()
  else if ("file" in data) open(data)
  else serving?.queue.add(data)
}

function open({ file, ballast }: Opening): void {
  try {
    const db = connect(file)
    const given = { file, ballast, tell: (news: News) => tell({ news }) }
    const onBroken = (reason: string) => given.tell(diskFailed(file, reason))
    serving = { db, queue: groups(onFullDisk(db, committer(db, storeActs(db), onBroken), given), tell) }
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
