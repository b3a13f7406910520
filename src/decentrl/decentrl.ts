import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import type { Log } from "../base/log.ts"
import type { Resolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import type { Archive } from "../mailbox/archive.ts"
import type { Courier } from "../mailbox/courier.ts"
import type { Mailboxes } from "../mailbox/mailboxes.ts"
import type { DepositLimits } from "../mailbox/model.ts"
import type { Fact, RegistrationStore } from "../mailbox/ports.ts"
import type { Registrations } from "../mailbox/registrations.ts"
import type { Branch, Occupants } from "../wire.ts"
import { savedEvents } from "./commands/archive.ts"
import { contracts } from "./commands/contracts.ts"
import { events } from "./commands/events.ts"
import { publicEvents, readPublic } from "./commands/public.ts"
import { createEndpoint, refused } from "./endpoint.ts"
import { createLive } from "./live.ts"
import { createMembers } from "./members.ts"
import { createNonces } from "./nonces.ts"
import type { Pace } from "./pace.ts"
import { createRegistration } from "./registration.ts"
import { createRegistry, type Turn } from "./registry.ts"
import { createSigners, type Verify } from "./signers.ts"
import type { Limits } from "./wire.ts"

export type DecentrlPorts = {
  readonly store: Pick<RegistrationStore, "ask" | "findRegistration" | "lastChange"> & Ledger
  readonly mailboxes: Mailboxes
  readonly archive: Archive
  readonly registrations: Registrations
  readonly courier: Pick<Courier, "listen">
  readonly occupants: Pick<Occupants, "listening">
  /** The same, writing in one transaction with the fact that the command was seen. */
  readonly within: (fact: Fact) => Turn
  /** Bounds how many signatures are looked at at the same time; Fault request.busy beyond. */
  readonly enter: <T>(act: () => Promise<T>) => Promise<T>
  readonly resolver: Resolver
  readonly verify: Verify
  readonly own: Pick<Self, "did" | "dids" | "decentrl">
  readonly senderMethods: readonly string[]
  readonly limits: Limits
  readonly strangers: DepositLimits
  /** How many commands one identity may send. */
  readonly pace: Pace
  readonly clock: Clock
  readonly log: Log
}

/** Everything that the mediator does in Decentrl, on its ports. */
export function speakDecentrl(ports: DecentrlPorts): Branch {
  const { own, archive, clock, store } = ports
  const owns = (did: string) => own.dids.includes(did)
  const signers = createSigners({ resolver: ports.resolver, verify: ports.verify, owns, methods: ports.senderMethods })
  const nonces = createNonces({ ledger: store, clock })
  const members = createMembers(ports)
  const live = createLive({ ...ports, signers, nonces, members })
  const register = createRegistration({
    store,
    signers,
    own,
    perHour: ports.strangers.perSender.count,
    clock,
  })
  const commands = [
    ...contracts({ ...ports, signers, register, announce: live.announce }),
    ...events(ports),
    ...savedEvents(ports),
    ...publicEvents({ ...ports, signers }),
  ]
  const registry = createRegistry(commands, { members, owns })
  const { receive } = createEndpoint({ ...ports, registry, signers, nonces })
  return { receive, greet: live.greet, hear: live.hear, readPublic: readPublic({ archive }), refused }
}
