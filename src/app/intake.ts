import type { Log } from "../base/log.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { Archive } from "../mailbox/archive.ts"
import { createIntake, type IntakeMode } from "../mailbox/intake.ts"
import type { Mailboxes } from "../mailbox/mailboxes.ts"
import type { RegistrationStore } from "../mailbox/ports.ts"
import type { Registrations } from "../mailbox/registrations.ts"
import type { Store } from "../store/store.ts"
import type { Door } from "../transport/http.ts"

export type OpenIntake = Awaited<ReturnType<typeof openIntake>>

/** What the operator wants taken in, in force. Disposing it stops looking for what other processes say. */
export async function openIntake({ store, door, log }: { store: Store; door: Pick<Door, "drain">; log: Log }) {
  const intake = createIntake(store)
  let mode: IntakeMode = await intake.begin()
  let drain: Disposable | null = null
  let holds = 0

  function enforce(wanted: IntakeMode): void {
    if (wanted === mode) return
    log.warn("intake.changed", { from: mode, to: wanted })
    mode = wanted
    drain?.[Symbol.dispose]()
    drain = mode === "draining" ? door.drain() : null
  }

  const look = async () => enforce(await intake.mode())
  const watch = store.watch(() => void look().catch((error) => log.error("intake.unknown", { error: String(error) })))

  function refused(): Promise<never> | null {
    if (holds > 0) return Promise.reject(new Fault("intake.draining"))
    return mode === "open" ? null : Promise.reject(new Fault("intake.paused"))
  }

  /** The same mailboxes, while they take anything in. */
  const mailboxes = (real: Mailboxes): Mailboxes => ({
    ...real,
    deposit: (deposit) => refused() ?? real.deposit(deposit),
  })

  /** The same archive, while it takes anything in. */
  const archive = (real: Archive): Archive => ({
    ...real,
    save: (mailbox, events) => refused() ?? real.save(mailbox, events),
    keepContract: (mailbox, contract) => refused() ?? real.keepContract(mailbox, contract),
    publish: (mailbox, event) => refused() ?? real.publish(mailbox, event),
  })

  /** The same registrations: of newcomers, while they are taken in. */
  const registrations = (real: Registrations, store: Pick<RegistrationStore, "findRegistration">): Registrations => ({
    ...real,
    async ask(did, lane, given) {
      const known = mode === "open" && holds === 0 ? null : await store.findRegistration(did)
      const isNew = known === null || known.state === "pending"
      return (isNew && refused()) || real.ask(did, lane, given)
    },
  })

  return {
    mode: (): IntakeMode => mode,
    async set(wanted: IntakeMode, by: Actor): Promise<void> {
      try {
        await intake.set(wanted, by)
      } finally {
        await look()
      }
    },
    /** Keeps nothing more until disposed: what is there is about to be replaced. */
    hold(): Disposable {
      holds++
      return {
        [Symbol.dispose]: () => {
          holds--
        },
      }
    },
    mailboxes,
    archive,
    registrations,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  }
}
