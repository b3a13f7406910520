import type { Database } from "bun:sqlite"
import { resolve } from "node:path"
import type { Store, StoreOptions } from "../store.ts"
import { accountReads } from "./account-reads.ts"
import { accountWrites } from "./accounts.ts"
import { type StoreActs, storeActs } from "./acts.ts"
import { adminReads, adminWrites } from "./admins.ts"
import { archiveReads, archiveWrites } from "./archive.ts"
import { auditReads, auditWrites } from "./audit.ts"
import { backlogGate } from "./backlog.ts"
import { type News, onFullDisk } from "./full-disk.ts"
import { committer } from "./group-commit.ts"
import { inviteReads, inviteWrites } from "./invites.ts"
import { ledger } from "./ledger.ts"
import { mailboxWrites } from "./mailboxes.ts"
import { measureReads } from "./measure.ts"
import { onceRunner } from "./once.ts"
import { openDatabase, openReader } from "./open.ts"
import { mailboxReads } from "./reads.ts"
import { registrationReads, registrationWrites } from "./registrations.ts"
import { startThread } from "./thread.ts"
import { createWatch } from "./watch.ts"
import { closeDatabase, createWriter, type Ends, inPlace, type Line, type Runner } from "./writer.ts"

const READY_WITHIN_MS = 2000
const BACKLOG = { deposits: 4096, bytes: 64 * 1024 * 1024 }

/** Opens the database at `path` (relative to the data folder, or `:memory:`); Faults `store.unusable`, `store.failed`. */
export async function openSqlite(path: string, options: StoreOptions): Promise<Store> {
  const { clock, random, horizon = clock.now } = options
  const file = path === ":memory:" ? path : resolve(options.dataDir, path)
  const { reader, join } = await connections(file, options)
  const beforeClose = () => {
    watch[Symbol.dispose]()
    if (file !== ":memory:") reader.close(true)
  }
  const writer = createWriter<StoreActs>(join, beforeClose, options)
  const watch = createWatch(reader, writer, clock)
  const ports = { clock, horizon, random, gate: backlogGate({ ...BACKLOG, ...options.backlog }) }
  // What has expired is a question to the horizon.
  const ending = { ...clock, now: horizon }
  const reads = { ...registrationReads(reader), ...mailboxReads(reader, ending), ...archiveReads(reader, ending) }
  const through = (runner: Runner<StoreActs>) => ({
    ...reads,
    ...registrationWrites(runner, clock),
    ...mailboxWrites(runner, ports),
    ...archiveWrites(runner, ports),
  })

  return {
    ...through(writer),
    ...ledger(writer, clock),
    ...accountReads(reader),
    ...accountWrites(writer, ports),
    ...inviteReads(reader),
    ...inviteWrites(writer, clock),
    ...auditReads(reader),
    ...auditWrites(writer, clock),
    ...adminReads(reader, clock),
    ...adminWrites(writer, clock),
    ...measureReads(reader, file),
    once(fact) {
      const runner = onceRunner(writer, fact, clock)
      return { ...through(runner), settle: runner.settle }
    },
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

async function connections(file: string, { writer, log, ballast = 0 }: StoreOptions): Promise<Connections> {
  const db = openDatabase(file)
  if (file === ":memory:") return { reader: db, join: inPlace(db, storeActs(db)) }
  const reader = openReader(file)
  if (writer === "in-place") {
    const acts = storeActs(db)
    const tell = ({ level, event, fields }: News) => log[level](event, fields)
    return { reader, join: inPlace(db, acts, onFullDisk(db, committer(db, acts), { file, ballast, tell })) }
  }
  // The thread has its own connection; this one was for looking at the file and migrating it.
  closeDatabase(db)
  try {
    return { reader, join: await startThread({ file, ballast }, log) }
  } catch (thrown) {
    reader.close()
    throw thrown
  }
}
