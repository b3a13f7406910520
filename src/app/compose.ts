import manifest from "../../package.json" with { type: "json" }
import { systemClock } from "../base/clock.ts"
import { createLog } from "../base/log.ts"
import { systemRandom } from "../base/random.ts"
import { splitAddress } from "../config/kinds.ts"
import type { Settings } from "../config/schema.ts"
import { createFetcher } from "../did/fetch.ts"
import { createResolver } from "../did/resolver.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { createClockGuard } from "../mailbox/clock-guard.ts"
import { openStore } from "../store/store.ts"
import { listen } from "../transport/http.ts"
import { listenForMetrics, metricsPage } from "../transport/metrics.ts"
import { type OpenAdmin, type Origins, openAdmin } from "./admin.ts"
import { openDecentrl } from "./decentrl.ts"
import { openDidcomm } from "./didcomm.ts"
import { openIdentityFile } from "./identity.ts"
import { openLimits } from "./limits.ts"
import { openMailboxes, type Ports } from "./mailboxes.ts"
import { createMeters } from "./meters.ts"
import type { Refusals } from "./refusals.ts"
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
}

/** No clock that is right says an earlier time: this was not written yet. */
const BUILT = Date.UTC(2026, 0, 1)

/**
 * Settings → running mediator: the only place that knows every room. Time, chance and where the log goes may be given.
 * Rejects with the Fault that stopped the start.
 */
export async function startMediator(
  given: Settings,
  {
    clock = systemClock,
    random = systemRandom,
    write = (line: string) => void process.stderr.write(line),
    origins = new Map() as Origins,
  } = {},
): Promise<Mediator> {
  const log = createLog({ ...given.log, clock, write })
  const ports: Ports = { clock, random, log }
  await using stack = new AsyncDisposableStack()
  const { host, port, max_body, max_connections } = given.server
  const meters = createMeters({ clock, version: manifest.version })
  const limits = openLimits(given, { clock, meters })
  const knowing = { clients: limits.clients, trustedProxies: limits.trustedProxies, tally: meters.tally }
  const capacity = { maxBody: max_body, maxConnections: max_connections }
  const door = stack.use(listen({ host, port, ...capacity, ...knowing, ...ports }))
  const settings = withPort(given, door.port)
  const { self } = await openIdentityFile(settings)
  const guard = createClockGuard(clock, BUILT)
  const store = stack.use(
    await openStore(settings.storage.url, {
      dataDir: settings.server.data_dir,
      ...ports,
      clock: guard.clock,
      horizon: guard.horizon,
      meter: meters.store,
      writer: "worker",
      ballast: settings.storage.ballast,
    }),
  )
  stack.use(meters.attach(door, store))
  guard.begin((await store.measure()).newestAt)
  // Whatever the mediator keeps of its own is nobody's account.
  const own = { actor: self.did, action: "registration.own", subject: self.did }
  if (!(await store.findRegistration(self.did))) {
    await store.ask({ did: self.did, lane: "decentrl", state: "approved", audit: own, isOwn: true })
  }
  const { presence, deliveries, ...rooms } = openMailboxes(settings, store, { ...ports, clock: guard.clock, meters })
  stack.use(store.watch(rooms.courier.nudgeAll))
  const idleFor = settings.mailbox.idle_account_ttl
  stack.use(keepHouse({ expire: meters.expiry(store).expire, store, presence, deliveries, guard, idleFor, clock, log }))

  const fetcher = createFetcher({ policy: settings.didcomm.outbound, clock })
  const resolver = createResolver({
    fetcher,
    clock,
    own: self.documents,
    recall: async (short) => (await store.findRegistration(short))?.fullDid ?? null,
  })
  const speaking = { settings, self, store, fetcher, resolver, limits, ...rooms, ...ports }
  const didcomm = openDidcomm(speaking)
  const { invitation: letter, url: invitationUrl } = invitation(self.did, settings.server.public_url)
  const { token, listen: metricsAt } = settings.metrics
  const metrics = metricsPage({ render: meters.render, token })
  const ownAddress = splitAddress(metricsAt)
  if (ownAddress) stack.use(listenForMetrics(ownAddress, metrics))
  const { trustedProxies } = limits
  const desk = { settings, origins, self, store, door, meters, trustedProxies, ...ports, clock: guard.clock }
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${door.port}`
  const admin = await openAdmin({ ...desk, invitationUrl, url })
  // Closed before the store: what is under way then is still answered.
  stack.use(
    door.open({
      didcomm: limits.watched("didcomm", didcomm),
      ...(settings.decentrl.enabled && { decentrl: limits.watchedBranch("decentrl", openDecentrl(speaking)) }),
      ...(token !== "" && { metrics }),
      ...(admin.wing && { wing: admin.wing }),
      profile: {
        version: manifest.version,
        did: self.did,
        dids: self.dids,
        webDocument: self.webDocument(),
        invitation: letter,
        invitationUrl,
      },
      isReady: () => store.ready(),
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
    invitationUrl,
    identusSafe: self.identusSafe,
    admin,
    refusals: meters.refusals,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      log.info("mediator.stopped")
    },
  }
}

// Port 0 in the public URL stands for whichever port the system gave.
const withPort = (settings: Settings, port: number): Settings => ({
  ...settings,
  server: { ...settings.server, public_url: settings.server.public_url.replace(/:0$/, `:${port}`) },
})
