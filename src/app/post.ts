import { join, resolve } from "node:path"
import type { Store } from "../store/store.ts"
import { createBackups } from "./backup/backups.ts"
import { inThread } from "./backup/thread.ts"
import { createConnections } from "./connections.ts"
import type { Front, Stack } from "./front.ts"
import { openHistory } from "./history.ts"
import { openIntake } from "./intake.ts"
import { openMailboxes } from "./mailboxes.ts"
import { openNotify } from "./notify.ts"
import { createOccupants } from "./occupants.ts"
import { openStoreOf } from "./open-store.ts"
import { keepHouse } from "./upkeep.ts"

export type Post = Awaited<ReturnType<typeof openPost>>

/** The store, the mailboxes in it, and whatever looks after them in the background. All of it ends with `stack`. */
export async function openPost({ settings, live, ports, meters, door, guard, identity }: Front, stack: Stack) {
  const { clock, log } = ports
  const dated = { ...ports, clock: guard.clock }
  const { self } = identity
  const { ballast } = settings.storage
  const keeping = { ...dated, horizon: guard.horizon, meter: meters.store, writer: "worker", ballast } as const
  const store = stack.use(await openStoreOf(settings, keeping, inThread))
  stack.use(meters.attach(door, store))
  guard.begin((await store.measure()).newestAt)
  identity.reload()
  await keepOwn(store, self.did)
  stack.use(
    identity.watch(() => {
      keepOwn(store, self.did).catch((error) => log.error("identity.own_failed", { error: String(error) }))
    }),
  )
  const history = stack.use(
    openHistory({
      pulse: meters.pulse,
      sockets: door.sockets,
      store,
      now: () => Math.min(guard.clock.now(), guard.horizon()),
      path: join(resolve(settings.server.data_dir), "history"),
      clock,
      log,
    }),
  )
  const intake = stack.use(await openIntake({ store, door, log }))
  const { notices, desk: noticeDesk } = stack.use(await openNotify(live, store, { ...dated, meters }))
  const opened = openMailboxes(live, store, { ...dated, meters, intake, notices })
  const { presence, activity, deliveries, ...rooms } = opened
  const occupants = createOccupants()
  const [latest] = await store.auditLines({ limit: 1 })
  const connections = createConnections({ door, occupants, store, log }, latest?.seq ?? 0)
  // Another process wrote: there may be mail, and somebody may have been sent away.
  stack.use(store.watch(rooms.courier.nudgeAll))
  stack.use(store.watch(connections.look))
  const idleFor = () => live.now().mailbox.idle_account_ttl
  const { expire } = meters.expiry(store)
  stack.use(keepHouse({ expire, store, presence, activity, deliveries, guard, connections, idleFor, clock, log }))
  const backups = createBackups({ settings, store, work: inThread, clock: guard.clock, log })
  stack.use(backups.keepSchedule())
  meters.backups(backups)
  return { store, history, intake, noticeDesk, rooms, occupants, connections, backups }
}

// Whatever the mediator keeps of its own is nobody's account.
async function keepOwn(store: Pick<Store, "findRegistration" | "ask">, did: string): Promise<void> {
  if (await store.findRegistration(did)) return
  const audit = { actor: did, action: "registration.own", subject: did }
  await store.ask({ did, lane: "decentrl", state: "approved", audit, isOwn: true })
}
