import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { ArchiveStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Gate } from "./backlog.ts"
import { contractActs, contractReads, contractWrites } from "./contracts.ts"
import { eventActs, eventReads, eventWrites } from "./events.ts"
import type { Moments } from "./horizon.ts"
import { publicEventActs, publicEventReads, publicEventWrites } from "./public-events.ts"
import type { Runner } from "./writer.ts"

/** What owners keep: their events, their contracts, and what they show everybody. */
export const archiveActs = (db: Database) => ({ ...eventActs(db), ...contractActs(db), ...publicEventActs(db) })

export type ArchiveReads = Pick<ArchiveStore, "queryEvents" | "contracts" | "contractUntil" | "published">

export const archiveReads = (db: Database, clock: Clock): ArchiveReads => ({
  ...eventReads(db),
  ...contractReads(db, clock),
  ...publicEventReads(db),
})

export const archiveWrites = (
  writer: Runner<StoreActs>,
  ports: Moments & { gate: Gate },
): Omit<ArchiveStore, keyof ArchiveReads> => ({
  ...eventWrites(writer, ports),
  ...contractWrites(writer, ports),
  ...publicEventWrites(writer, ports),
})
