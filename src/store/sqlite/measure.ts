import type { Database } from "bun:sqlite"
import { statfsSync, statSync } from "node:fs"
import { freemem } from "node:os"
import { dirname } from "node:path"
import type { MeasureStore } from "../../mailbox/operator-ports.ts"
import { ballastBeside } from "./ballast.ts"
import { timeOf } from "./message-id.ts"
import { schemaOf } from "./migrate.ts"
import { reading } from "./pages.ts"
import { paging } from "./room.ts"

type Sizes = {
  messages: number
  bytes: number
  oldest_at: number | null
  newest: number | null
}

/** How large it all is. `file`: the database's path, or `:memory:`. */
export function measureReads(db: Database, file: string): MeasureStore {
  const sizes = db.query<Sizes, []>(
    `SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(bytes), 0) AS bytes,
       (SELECT created_at FROM message ORDER BY seq LIMIT 1) AS oldest_at,
       (SELECT seq FROM sqlite_sequence WHERE name = 'message') AS newest FROM mailbox`,
  )
  const pages = paging(db)
  return {
    measure: reading(() => {
      const found = sizes.get()
      if (found === null) throw new Error("an aggregate always has a row")
      const { total, free } = pages()
      return {
        messages: found.messages,
        bytes: found.bytes,
        oldestAt: found.oldest_at,
        newestAt: found.newest === null ? null : timeOf(found.newest),
        databaseBytes: total,
        reusableBytes: free,
        walBytes: file === ":memory:" ? 0 : (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0),
        freeBytes: file === ":memory:" ? freemem() : freeOn(dirname(file)),
        ballastBytes: file === ":memory:" ? 0 : ballastBeside(file, 0).bytes,
        pageSize: db.query<{ page_size: number }, []>("PRAGMA page_size").get()?.page_size ?? 0,
        schema: schemaOf(db),
      }
    }),
  }
}

function freeOn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
