import type { Database } from "bun:sqlite"
import { resolve } from "node:path"
import { Fault } from "../../faults.ts"
import type { Store, StoreOptions } from "../store.ts"
import { accountReads } from "./account-reads.ts"
import { accountWrites } from "./accounts.ts"
import { activityReads, activityWrites } from "./activity.ts"
import { type StoreActs, storeActs } from "./acts.ts"
import { adminReads, adminWrites } from "./admins.ts"
import { archiveReads, archiveWrites } from "./archive.ts"
import { auditReads, auditWrites } from "./audit.ts"
import { backlogGate } from "./backlog.ts"
import { diskFailed, type News, onFullDisk } from "./full-disk.ts"
import { committer } from "./group-commit.ts"
import { holdingReads } from "./holdings.ts"
import { inviteReads, inviteWrites } from "./invites.ts"
import { ledger } from "./ledger.ts"
import { mailboxWrites } from "./mailboxes.ts"
import { measureReads } from "./measure.ts"
import { migrations } from "./migrate.ts"
import { noticeReads, noticeWrites } from "./notices.ts"
import { occupy } from "./occupancy.ts"
import { onceRunner } from "./once.ts"
import { earlierSchema, openDatabase, openReader } from "./open.ts"
import { queueReads } from "./queues.ts"
import { mailboxReads } from "./reads.ts"
import { registrationReads, registrationWrites } from "./registrations.ts"
import { startThread } from "./thread.ts"
import { createWatch } from "./watch.ts"
import { closeDatabase, createWriter, type Ends, inPlace, type Line, type Runner } from "./writer.ts"

const READY_WITHIN_MS = 2000
/** How long to wait for a restore to be done. */
const PATIENCE_MS = 5000
const BACKLOG = { deposits: 4096, bytes: 64 * 1024 * 1024 }

/** Opens the database at `path` (relative to the data folder, or `:memory:`); Faults `store.unusable`, `store.failed`. */
export async function openSqlite(path: string, options: StoreOptions): Promise<Store> {
  const { clock, random, horizon = clock.now } = options
  const file = fileOf(path, options.dataDir)
  await using opening = new AsyncDisposableStack()
  if (file !== ":memory:") opening.use(await enter(file, options))
  const { reader, join } = await connections(file, options)
  const beforeClose = () => {
    watch[Symbol.dispose]()
    if (file !== ":memory:") reader.close(true)
  }
  const writer = createWriter<StoreActs>(join, beforeClose, options)
  opening.use(writer)
  const watch = createWatch(reader, writer, clock)
  const ports = { clock, horizon, random, gate: backlogGate({ ...BACKLOG, ...options.backlog }) }
  // What has expired is a question to the horizon.
  const ending = { ...clock, now: horizon }
  const reads = {
    ...registrationReads(reader),
    ...mailboxReads(reader, ending, options.log),
    ...archiveReads(reader, ending),
  }
  const open = opening.move()
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
    ...holdingReads(reader),
    ...queueReads(reader),
    ...accountWrites(writer, ports),
    ...activityReads(reader),
    ...activityWrites(writer),
    ...inviteReads(reader),
    ...inviteWrites(writer, clock),
    ...noticeReads(reader, ports),
    ...noticeWrites(writer, ports),
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
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Where the database is that `path` names. */
export const fileOf = (path: string, dataDir: string): string => (path === ":memory:" ? path : resolve(dataDir, path))

/** Notes that the file is in use, and has a copy made before its schema changes. */
async function enter(file: string, { schema = migrations, beforeMigration }: StoreOptions): Promise<Disposable> {
  const shared = occupyIfPossible(file)
  try {
    if (earlierSchema(file, schema.length) !== null) await beforeMigration?.()
    return shared
  } catch (thrown) {
    shared[Symbol.dispose]()
    throw thrown
  }
}

// A folder that cannot be written, or a full disk: opening the database itself knows what to say, or what to do.
function occupyIfPossible(file: string): Disposable {
  try {
    return occupy(file, "shared", PATIENCE_MS)
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    return { [Symbol.dispose]() {} }
  }
}

type Connections = { reader: Database; join: (ends: Ends) => Line }

async function connections(file: string, options: StoreOptions): Promise<Connections> {
  const { writer, log, ballast = 0, schema } = options
  const db = openDatabase(file, schema)
  if (file === ":memory:") return { reader: db, join: inPlace(db, storeActs(db)) }
  const reader = openReader(file)
  if (writer === "in-place") {
    const acts = storeActs(db)
    const tell = ({ level, event, fields }: News) => log[level](event, fields)
    const together = committer(db, acts, (reason) => tell(diskFailed(file, reason)))
    return { reader, join: inPlace(db, acts, onFullDisk(db, together, { file, ballast, tell })) }
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
