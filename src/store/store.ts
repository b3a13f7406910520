import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { NoticeStore } from "../mailbox/notice-ports.ts"
import type { AccountStore, AdminStore, AuditStore, InviteStore, MeasureStore } from "../mailbox/operator-ports.ts"
import type { ArchiveStore, MailboxStore, OnceStore, RegistrationStore, StoreWatch } from "../mailbox/ports.ts"
import { fileOf, openSqlite } from "./sqlite/store.ts"

export type Store = RegistrationStore &
  MailboxStore &
  ArchiveStore &
  OnceStore &
  AccountStore &
  InviteStore &
  NoticeStore &
  AuditStore &
  AdminStore &
  MeasureStore &
  Ledger &
  StoreWatch &
  AsyncDisposable & {
    /** Whether something can be written, found out by writing; false also when that takes more than two seconds. */
    ready(): Promise<boolean>
  }

/** Told how the writer fares: how many acts wait for it, and how many it put on disk in which time. */
export type StoreMeter = {
  queued(acts: number): void
  committed(acts: number, seconds: number): void
}

export type StoreOptions = {
  /** Where relative paths begin. */
  readonly dataDir: string
  readonly clock: Clock
  /** Up to which moment things may have expired, epoch ms; what the clock says unless given, for when it is in doubt. */
  readonly horizon?: () => number
  readonly random: Random
  readonly log: Log
  /** Where commits happen: a thread of its own, so that a slow disk stops nobody else, or here. */
  readonly writer: "worker" | "in-place"
  readonly meter?: StoreMeter
  /** How much may wait for the disk before deposits are refused; 4,096 deposits and 64 MiB unless given. */
  readonly backlog?: { readonly deposits?: number; readonly bytes?: number }
  /**
   * Bytes of the disk to hold back, in a file beside the database, for deletions on a full disk: at most these, and
   * of a small disk a twentieth. None unless given; what another process holds back is used all the same.
   */
  readonly ballast?: number
  /** Done before the schema of a database changes that is there already; what it rejects with stops the opening. */
  readonly beforeMigration?: () => Promise<void>
  /** The steps to today's schema, in SQL; ours unless given. */
  readonly schema?: readonly string[]
}

const backends: Readonly<Record<string, (path: string, options: StoreOptions) => Promise<Store>>> = {
  sqlite: openSqlite,
}

/**
 * Opens the store that `url` names: `sqlite:restante.db`, `sqlite:/absolute/path`, or `sqlite::memory:`. Faults:
 * `setting.invalid` for another scheme, `store.unusable` with what to do, `store.failed`. Dispose it to close.
 */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  const [scheme, path] = partsOf(url)
  const open = Object.hasOwn(backends, scheme) ? backends[scheme] : undefined
  if (open === undefined) {
    throw new Fault("setting.invalid", { detail: `${url} is not a store's address, such as sqlite:restante.db` })
  }
  return open(path, options)
}

/** The database's file, or null when `url` names none. Relative paths begin at `dataDir`. */
export function databaseFile(url: string, dataDir: string): string | null {
  const [scheme, path] = partsOf(url)
  return scheme === "sqlite" && path !== ":memory:" ? fileOf(path, dataDir) : null
}

function partsOf(url: string): [scheme: string, path: string] {
  const [, scheme = "", path = ""] = /^([a-z]+):(.+)$/.exec(url) ?? []
  return [scheme, path]
}
