import { resolve } from "node:path"
import type { Clock } from "../../base/clock.ts"
import type { Origin } from "../../config/problem.ts"
import type { Settings } from "../../config/schema.ts"
import type { Self } from "../../did/self.ts"
import type { Fault } from "../../faults.ts"
import type { Store } from "../../store/store.ts"
import { databaseFile } from "../../store/store.ts"
import type { Backups } from "../backup/backups.ts"
import { bundleOf } from "./bundle.ts"
import { careChecks } from "./care.ts"
import { type Check, examine, type Report } from "./check.ts"
import { diskChecks } from "./disk.ts"
import { keyChecks } from "./keys.ts"
import { machineChecks } from "./machine.ts"
import { reachChecks } from "./reach.ts"

export type { Checked, Level, Report } from "./check.ts"

export type Patient = {
  readonly settings: Settings
  readonly origins: ReadonlyMap<string, Origin>
  /** Null when there is none yet. */
  readonly self: () => Pick<Self, "dids" | "generations" | "webDocument"> | null
  /** Or why there is none. */
  readonly store: Store | Fault
  readonly backups: Backups | null
  readonly isRunning: () => Promise<boolean>
  /** Every figure, where the mediator is this process. */
  readonly metrics: (() => Promise<string>) | null
  readonly clock: Clock
}

export type Doctor = ReturnType<typeof createDoctor>

/** What could be wrong with a mediator, looked at when asked. */
export function createDoctor(patient: Patient) {
  const { settings, store, clock } = patient
  const { server, storage } = settings
  const dataDir = resolve(server.data_dir)
  const file = databaseFile(storage.url, dataDir)
  const newestAt = async () => (store instanceof Error ? null : (await store.measure()).newestAt)
  const checks: readonly Check[] = [
    ...machineChecks({ clock, newestAt, maxConnections: server.max_connections }),
    ...(file === null ? [] : diskChecks(dataDir, file)),
    ...careChecks({ ...patient, now: clock.now }),
    ...keyChecks({ ...patient, now: clock.now }),
    ...reachChecks(patient),
  ]
  let looking: Promise<Report> | null = null
  /** Whoever asks meanwhile gets the same: the disk is not for measuring. */
  const look = (): Promise<Report> => {
    looking ??= examine(checks, clock).finally(() => {
      looking = null
    })
    return looking
  }
  return { examine: look, bundle: async () => bundleOf(patient, await look()) }
}
