import { systemClock } from "../../base/clock.ts"
import { createLog } from "../../base/log.ts"
import type { Loaded } from "../../config/load.ts"
import { Fault } from "../../faults.ts"
import { createBackups } from "../backup/backups.ts"
import { here } from "../backup/works.ts"
import { type Desk, openDesk } from "../desk.ts"
import { readIdentityFile } from "../identity.ts"
import { createDoctor, type Doctor } from "./doctor.ts"

/** The doctor of a mediator that need not be running, nor well. Disposing it closes what could be opened. */
export async function openDoctor(
  { settings, origins }: Pick<Loaded, "settings" | "origins">,
  isRunning: (dids: readonly string[]) => Promise<boolean>,
): Promise<Doctor & AsyncDisposable> {
  const clock = systemClock
  const desk = await openDesk(settings).catch((thrown: unknown) => Fault.from(thrown))
  const isOpen = (one: Desk | Fault): one is Desk => !(one instanceof Fault)
  const log = createLog({ ...settings.log, clock, write: () => {} })
  const audit = () => Promise.reject(desk)
  const backups = createBackups({ settings, store: { audit }, work: here, clock, log })
  const doctor = createDoctor({
    settings,
    origins,
    // A database that cannot be opened says nothing about the keys.
    self: () => (isOpen(desk) ? desk.self : readIdentityFile(settings)),
    store: isOpen(desk) ? desk.store : desk,
    backups,
    isRunning: () => isRunning(isOpen(desk) ? desk.self.dids : []),
    metrics: null,
    clock,
  })
  return {
    ...doctor,
    async [Symbol.asyncDispose]() {
      if (isOpen(desk)) await desk[Symbol.asyncDispose]()
    },
  }
}
