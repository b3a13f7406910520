import { join, resolve } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { systemClock } from "../base/clock.ts"
import { createLog } from "../base/log.ts"
import { systemRandom } from "../base/random.ts"
import { splitAddress } from "../config/kinds.ts"
import type { Loaded, Sources } from "../config/load.ts"
import type { Settings } from "../config/schema.ts"
import { createFetcher } from "../did/fetch.ts"
import { createResolver } from "../did/resolver.ts"
import { keysOf } from "../didcomm/envelope.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { createClockGuard } from "../mailbox/clock-guard.ts"
import type { Store } from "../store/store.ts"
import { listen } from "../transport/http.ts"
import { listenForMetrics, metricsPage } from "../transport/metrics.ts"
import { type OpenAdmin, openAdmin } from "./admin.ts"
import { createBackups } from "./backup/backups.ts"
import { inThread } from "./backup/thread.ts"
import { BUILT } from "./built.ts"
import { createConnections } from "./connections.ts"
import { openDecentrl } from "./decentrl.ts"
import { openDidcomm } from "./didcomm.ts"
import { createDoctor } from "./doctor/doctor.ts"
import { openHistory } from "./history.ts"
import { createIdentityDesk, warnOfEnds } from "./identity-desk.ts"
import { openIntake } from "./intake.ts"
import { openJoseThreads } from "./jose/threads.ts"
import { openLimits } from "./limits.ts"
import { openLiveIdentity } from "./live-identity.ts"
import { openLiveSettings } from "./live-settings.ts"
import { openMailboxes, type Ports } from "./mailboxes.ts"
import { createMeters } from "./meters.ts"
import { openNotify } from "./notify.ts"
import { createOccupants } from "./occupants.ts"
import { openStoreOf, settle } from "./open-store.ts"
import type { Refusals } from "./refusals.ts"
import { openTls } from "./tls.ts"
import { keepHouse } from "./upkeep.ts"

/** A mediator that runs. Disposing it stops accepting, says goodbye to every socket, and closes the store. */
export type Mediator = AsyncDisposable & {
  /** Where it listens, for a client on this machine. */
  readonly url: string
  readonly did: string
  readonly dids: readonly string[]
  readonly invitationUrl: string
  /** Whether Identus wallets can read the DID. */
  readonly identusSafe: boolean
  /** Where the admin API is, for a client on this machine; and how to make the first admin while there is none. */
  readonly admin: Pick<OpenAdmin, "url" | "setup">
  /** What was refused lately, and why. */
  readonly refusals: Refusals
  /** Reads the settings, the identity and the certificate's files again; what cannot be used changes nothing, and is in the log. */
  reload(): void
  /** Resolves when it is to be disposed of and started again: a backup takes the place of what it has. */
  readonly restartWanted: Promise<void>
}

/**
 * Settings → running mediator: opens every room, in order. Time, chance and where the log goes may be given.
 * `sources`: where the settings can be read again while it runs.
 * Rejects with the Fault that stopped the start.
 */
export async function startMediator(
  found: Loaded,
  {
    clock = systemClock,
    random = systemRandom,
    write = (line: string) => void process.stderr.write(line),
    sources = null as Sources | null,
  } = {},
): Promise<Mediator> {
  const loaded = await settle(found, sources, {
    clock,
    random,
    log: createLog({ ...found.settings.log, clock, write }),
  })
  const given = loaded.settings
  const live = openLiveSettings(loaded, { sources, log: () => log })
  const log = createLog({
    get level() {
      return live.now().log.level
    },
    get format() {
      return live.now().log.format
    },
    clock,
    write,
  })
  const ports: Ports = { clock, random, log }
  await using stack = new AsyncDisposableStack()
  const { host, port, max_body, max_connections } = given.server
  const meters = createMeters({ clock, version: manifest.version })
  const limits = openLimits(live, { clock, meters })
  const knowing = { clients: limits.clients, trustedProxies: limits.trustedProxies, tally: meters.tally }
  const capacity = { maxBody: max_body, maxConnections: max_connections }
  const tls = openTls(given.server, ports)
  const door = stack.use(listen({ host, port, ...(tls && { tls: tls.pair }), ...capacity, ...knowing, ...ports }))
  meters.certificate(tls)
  if (tls) stack.use(tls.watch(door.renew))
  const settings = withPort(given, door.port)
  const guard = createClockGuard(clock, BUILT)
  // A clock that leapt ahead ends no keys either.
  const identity = await openLiveIdentity(settings, { ...ports, clock: { ...clock, now: guard.horizon } })
  const { self } = identity
  const store = stack.use(
    await openStoreOf(
      settings,
      {
        ...ports,
        clock: guard.clock,
        horizon: guard.horizon,
        meter: meters.store,
        writer: "worker",
        ballast: settings.storage.ballast,
      },
      inThread,
    ),
  )
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
  const notify = stack.use(await openNotify(live, store, { ...ports, clock: guard.clock, meters }))
  const { notices, desk: noticeDesk } = notify
  const { presence, activity, deliveries, ...rooms } = openMailboxes(live, store, {
    ...ports,
    clock: guard.clock,
    meters,
    intake,
    notices,
  })
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

  const fetcher = createFetcher({ policy: settings.didcomm.outbound, clock })
  const resolver = createResolver({
    fetcher,
    clock,
    own: () => self.documents,
    recall: async (short) => (await store.findRegistration(short))?.fullDid ?? null,
  })
  const jose = stack.use(openJoseThreads({ ...keysOf(self, resolver), mark: () => self.stored }, { log }))
  const speaking = { settings, self, store, occupants, fetcher, resolver, limits, jose, ...rooms, ...ports }
  const didcomm = openDidcomm({ ...speaking, noticeDesk })
  const letter = (invite?: string) => invitation(self.did, settings.server.public_url, invite)
  const { token, listen: metricsAt } = settings.metrics
  const metrics = metricsPage({ render: meters.render, token })
  const ownAddress = splitAddress(metricsAt)
  if (ownAddress) stack.use(listenForMetrics(ownAddress, metrics))
  const { trustedProxies } = limits
  const { promise: restartWanted, resolve: restart } = Promise.withResolvers<void>()
  const changing = { self: () => self, changed: identity.reload, store, ...ports, clock: guard.clock }
  const identityDesk = createIdentityDesk({ settings, ...changing })
  stack.use(warnOfEnds(identityDesk, ports))
  const desk = {
    identity: identityDesk,
    settings,
    live,
    intake,
    history,
    limits,
    guard,
    self,
    store,
    door,
    meters,
    connections,
    noticeDesk,
    resolver,
    backups,
    restart,
    trustedProxies,
    ...ports,
    clock: guard.clock,
  }
  const doctor = createDoctor({
    settings,
    origins: loaded.origins,
    self: () => self,
    store,
    backups,
    isRunning: async () => true,
    metrics: meters.render,
    clock: guard.clock,
  })
  const url = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${door.port}`
  const admin = await openAdmin({ ...desk, doctor, url })
  // Closed before the store: what is under way then is still answered.
  stack.use(
    door.open({
      didcomm: limits.watched("didcomm", didcomm),
      ...(settings.decentrl.enabled && { decentrl: limits.watchedBranch("decentrl", openDecentrl(speaking)) }),
      ...(token !== "" && { metrics }),
      ...(admin.wing && { wing: admin.wing }),
      profile: {
        version: manifest.version,
        get did() {
          return self.did
        },
        get dids() {
          return self.dids
        },
        get webDocument() {
          return self.webDocument()
        },
        get invitation() {
          return letter().invitation
        },
        get invitationUrl() {
          return letter().url
        },
        inviteUrl: (id) => letter(id).url,
      },
      // Whoever balances a load sends nobody to a mediator that wants to be rid of its sockets.
      isReady: async () => intake.mode() !== "draining" && (await store.ready()),
    }),
  )
  // Closed before the door, which waits for every answer.
  stack.use(admin)
  log.info("mediator.started", { version: manifest.version, url, public_url: settings.server.public_url })

  const running = stack.move()
  return {
    url,
    did: self.did,
    dids: self.dids,
    invitationUrl: letter().url,
    identusSafe: self.identusSafe,
    admin,
    refusals: meters.refusals,
    restartWanted,
    reload() {
      live.reload()
      identity.reload()
      tls?.reload()
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      log.info("mediator.stopped")
    },
  }
}

// Whatever the mediator keeps of its own is nobody's account.
async function keepOwn(store: Pick<Store, "findRegistration" | "ask">, did: string): Promise<void> {
  if (await store.findRegistration(did)) return
  const audit = { actor: did, action: "registration.own", subject: did }
  await store.ask({ did, lane: "decentrl", state: "approved", audit, isOwn: true })
}

// Port 0 in the public URL stands for whichever port the system gave.
const withPort = (settings: Settings, port: number): Settings => ({
  ...settings,
  server: { ...settings.server, public_url: settings.server.public_url.replace(/:0$/, `:${port}`) },
})
