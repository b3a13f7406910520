import { basename, resolve } from "node:path"
import manifest from "../../../package.json" with { type: "json" }
import type { Clock } from "../../base/clock.ts"
import type { Log } from "../../base/log.ts"
import type { Settings } from "../../config/schema.ts"
import { Fault } from "../../faults.ts"
import type { Actor } from "../../mailbox/accounts.ts"
import type { AuditStore } from "../../mailbox/operator-ports.ts"
import { databaseFile } from "../../store/store.ts"
import { type Kept, keptIn, newestVerified, pathOf, remove } from "./folder.ts"
import type { Places } from "./make.ts"
import type { Prospect } from "./restore.ts"
import { nextBackup } from "./schedule.ts"
import type { Worker } from "./works.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Where the backups of these settings are, and what they are of; null for a database that is no file. */
export function placesOf({ server, storage, backup }: Settings): Places | null {
  const dataDir = resolve(server.data_dir)
  const file = databaseFile(storage.url, dataDir)
  const passphrase = backup.passphrase === "" ? null : backup.passphrase
  return file === null ? null : { file, dataDir, dir: resolve(dataDir, backup.dir), passphrase }
}

export const actorText = ({ name, address }: Actor): string => (address === null ? name : `${name}@${address}`)

type Given = {
  readonly settings: Settings
  readonly store: Pick<AuditStore, "audit">
  /** Who does the heavy work. */
  readonly work: Worker
  readonly clock: Clock
  readonly log: Log
}

export type Backups = ReturnType<typeof createBackups>

/** The backups of a mediator. What changes something is audited as done by `by`. Fault backup.failed without a database file. */
export function createBackups({ settings, store, work, clock, log }: Given) {
  const { schedule, keep } = settings.backup
  const places = placesOf(settings)
  const since = clock.now()
  let failure: { readonly at: number; readonly why: string } | null = null
  const tally = { made: 0, failed: 0 }
  /** A restore that is a fact ends this mediator: nothing new must begin. */
  let isEnding = false
  let isBusy = false
  /** The newest as of the last look: whoever asks often asks this, lest a slow folder be asked all the time. */
  let latest: Kept | null = null
  /** A folder that hangs is waited for once. */
  let isLooking = false

  /** One at a time. */
  async function alone<T>(begin: () => Promise<T>): Promise<T> {
    if (isEnding || isBusy) throw new Fault("backup.busy")
    isBusy = true
    try {
      return await begin()
    } finally {
      isBusy = false
    }
  }

  function placed(): Places {
    if (places) return places
    throw new Fault("backup.failed", { args: ["the database is in memory"] })
  }
  const note = (by: Actor, action: string, name: string) =>
    store.audit({ actor: actorText(by), action: `backup.${action}`, subject: name })

  /**
   * A folder that cannot be read has none; making one says what is wrong with it. Nor does one count that was made while
   * the clock was ahead: no other would be due until then.
   */
  async function newest(): Promise<Kept | null> {
    try {
      return places && (await newestVerified(places.dir, clock.now() + HOUR_MS))
    } catch {
      return null
    }
  }

  const dueAfter = (last: Kept | null): number | null =>
    places && nextBackup(schedule, last && Math.min(last.at, clock.now()), since)

  /** When the next one is due, after a look. */
  async function look(): Promise<number | null> {
    isLooking = true
    latest = await newest()
    isLooking = false
    return dueAfter(latest)
  }

  /** Faults: backup.busy, backup.failed, store.unusable, passphrase.short. */
  async function make(by: Actor): Promise<Kept> {
    try {
      const given = { ...placed(), keep, at: clock.now(), release: manifest.version }
      const { made, rotated } = await alone(() => work("make", given))
      failure = null
      tally.made++
      latest = made
      log.info("backup.made", { name: made.name, bytes: made.bytes, messages: made.messages, rotated: rotated.length })
      await note(by, "made", made.name)
      for (const name of rotated) await note(by, "rotated", name)
      return made
    } catch (thrown) {
      const fault = Fault.from(thrown)
      if (fault.code === "backup.busy") throw fault
      const why = fault.code === "internal" ? `${fault.sentence} ${fault.detail}` : fault.sentence
      tally.failed++
      failure = { at: clock.now(), why }
      log.error("backup.failed", { why, detail: fault.detail })
      throw fault
    }
  }

  /** What it takes to unpack the backup of this name. Fault backup.unknown. */
  async function unpacking(name: string) {
    const { dir, ...site } = placed()
    return { ...site, archive: await pathOf(dir, name) }
  }

  return {
    make,
    newest,
    latest: () => latest,
    /** How many were made and failed since the start. */
    tally: tally as Readonly<typeof tally>,

    list: async () => ({
      items: places ? await keptIn(places.dir) : [],
      schedule,
      keep,
      dir: places?.dir ?? "",
      nextAt: dueAfter(await newest()),
    }),

    /** The last failure, until one succeeds. */
    failure: () => failure,

    /** Faults: backup.busy, backup.unknown, backup.damaged, backup.passphrase. */
    verify: (name: string): Promise<Kept> => alone(async () => work("verify", { ...placed(), name })),

    /** Faults: backup.unknown, backup.newest. */
    async remove(name: string, by: Actor): Promise<void> {
      await remove(placed().dir, name)
      await note(by, "deleted", name)
    },

    /** Its file, for somebody who takes it away. Fault backup.unknown. */
    async fetch(name: string, by: Actor): Promise<string> {
      const path = await pathOf(placed().dir, name)
      await note(by, "downloaded", name)
      return path
    },

    /** What restoring it would do. Faults: backup.busy, backup.unknown, backup.damaged, backup.passphrase, backup.other. */
    prospect: (name: string): Promise<Prospect> => alone(async () => work("prospect", await unpacking(name))),

    /** The same, and from then on a fact: whoever opens the data folder next finishes it. */
    async restore(name: string, by: Actor): Promise<Prospect> {
      const entry = { name: basename(name), by: actorText(by), at: clock.now() }
      return alone(async () => {
        const found = await work("restore", { ...(await unpacking(name)), ...entry })
        isEnding = true
        return found
      })
    },

    /** Makes a backup whenever one is due; after a failure, an hour later. */
    keepSchedule(): Disposable {
      const by = { name: "schedule", address: null }
      async function turn(): Promise<void> {
        if (isLooking) return
        const due = await look()
        // Either way: the clock may have been ahead then.
        const isWaiting = failure !== null && Math.abs(clock.now() - failure.at) < HOUR_MS
        if (isBusy || isEnding || isWaiting || due === null || due > clock.now()) return
        // It has been logged, and is shown until one succeeds.
        await make(by).catch(() => {})
      }
      void look()
      return clock.every(MINUTE_MS, () => void turn())
    },
  }
}
