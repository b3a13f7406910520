import type { Database } from "bun:sqlite"
import { resolve } from "node:path"
import type { Store, StoreOptions } from "../store.ts"
import { type StoreActs, storeActs } from "./acts.ts"
import { ledger } from "./ledger.ts"
import { mailboxes } from "./mailboxes.ts"
import { openDatabase, openReader } from "./open.ts"
import { registrations } from "./registrations.ts"
import { startThread } from "./thread.ts"
import { createWatch } from "./watch.ts"
import { closeDatabase, createWriter, type Ends, inPlace, type Line } from "./writer.ts"

const READY_WITHIN_MS = 2000
const BACKLOG = { deposits: 4096, bytes: 64 * 1024 * 1024 }

/** Opens the database at `path` (relative to the data folder, or `:memory:`); Faults `store.unusable`, `store.failed`. */
export async function openSqlite(path: string, options: StoreOptions): Promise<Store> {
  const { clock, random } = options
  const file = path === ":memory:" ? path : resolve(options.dataDir, path)
  const { reader, join } = await connections(file, options)
  const writer = createWriter<StoreActs>(join, () => {
    watch[Symbol.dispose]()
    if (file !== ":memory:") reader.close(true)
  })
  const watch = createWatch(reader, writer, clock)

  return {
    ...registrations(reader, writer, clock),
    ...mailboxes({ reader, writer, clock, random, backlog: { ...BACKLOG, ...options.backlog } }),
    ...ledger(writer, clock),
    watch: watch.watch,
    async ready() {
      const { promise, resolve: answer } = Promise.withResolvers<boolean>()
      using _tooLate = clock.after(READY_WITHIN_MS, () => answer(false))
      writer.run("probe", { now: clock.now() }).then(
        () => answer(true),
        () => answer(false),
      )
      return await promise
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
}

type Connections = { reader: Database; join: (ends: Ends) => Line }

async function connections(file: string, { writer, log }: StoreOptions): Promise<Connections> {
  const db = openDatabase(file)
  if (file === ":memory:") return { reader: db, join: inPlace(db, storeActs(db)) }
  const reader = openReader(file)
  if (writer === "in-place") return { reader, join: inPlace(db, storeActs(db)) }
  // The thread has its own connection; this one was for looking at the file and migrating it.
  closeDatabase(db)
  try {
    return { reader, join: await startThread(file, log) }
  } catch (thrown) {
    reader.close()
    throw thrown
  }
}
