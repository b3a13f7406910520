import manifest from "../../package.json" with { type: "json" }
import { type Clock, systemClock } from "../base/clock.ts"
import { createLog, type Log } from "../base/log.ts"
import { type Random, systemRandom } from "../base/random.ts"
import { splitAddress } from "../config/kinds.ts"
import type { Settings } from "../config/schema.ts"
import { speakDecentrl } from "../decentrl/decentrl.ts"
import { accountDid, agreementNames, spellings } from "../did/document.ts"
import { createFetcher, type Fetcher } from "../did/fetch.ts"
import { createResolver, type Resolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import { createBreaker } from "../didcomm/breaker.ts"
import { createEndpoint } from "../didcomm/endpoint.ts"
import { createEnvelopes } from "../didcomm/envelope.ts"
import { createLive } from "../didcomm/live.ts"
import { createOutbound } from "../didcomm/outbound.ts"
import { basicMessage } from "../didcomm/protocols/basicmessage-2.ts"
import { coordinateMediation2 } from "../didcomm/protocols/coordinate-mediation-2.ts"
import { coordinateMediation3 } from "../didcomm/protocols/coordinate-mediation-3.ts"
import { discoverFeatures } from "../didcomm/protocols/discover-features-2.ts"
import { empty } from "../didcomm/protocols/empty-1.ts"
import { messagePickup3 } from "../didcomm/protocols/message-pickup-3.ts"
import { messagePickup4 } from "../didcomm/protocols/message-pickup-4.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { reportProblem } from "../didcomm/protocols/report-problem-2.ts"
import { routing } from "../didcomm/protocols/routing-2.ts"
import { trustPing } from "../didcomm/protocols/trust-ping-2.ts"
import { createRegistry } from "../didcomm/registry.ts"
import { createReplayGuard } from "../didcomm/replay.ts"
import { createReturnRoutes } from "../didcomm/return-routes.ts"
import { createArchive } from "../mailbox/archive.ts"
import { createClockGuard } from "../mailbox/clock-guard.ts"
import { createCourier } from "../mailbox/courier.ts"
import { createDeliveries } from "../mailbox/deliveries.ts"
import { createInvites } from "../mailbox/invites.ts"
import { createMailboxes } from "../mailbox/mailboxes.ts"
import type { ArchiveStore, MailboxStore, RegistrationStore } from "../mailbox/ports.ts"
import { createPresence } from "../mailbox/presence.ts"
import { createRegistrations } from "../mailbox/registrations.ts"
import { openStore, type Store } from "../store/store.ts"
import { listen } from "../transport/http.ts"
import { listenForMetrics, metricsPage } from "../transport/metrics.ts"
import type { Branch, Receiver } from "../wire.ts"
import { type OpenAdmin, type Origins, openAdmin } from "./admin.ts"
import { openIdentityFile } from "./identity.ts"
import { type OpenLimits, openLimits } from "./limits.ts"
import { createMeters, type Meters } from "./meters.ts"
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

const HOUR_MS = 3_600_000

/** No clock that is right says an earlier time: this was not written yet. */
const BUILT = Date.UTC(2026, 0, 1)

type Ports = { readonly clock: Clock; readonly random: Random; readonly log: Log }

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
  const didcomm = speakDidcomm(speaking)
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
      ...(settings.decentrl.enabled && { decentrl: limits.watchedBranch("decentrl", decentrlAt(speaking)) }),
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

function openMailboxes(
  { admission, mailbox, storage }: Settings,
  store: Store,
  { clock, random, log, meters }: Ports & { meters: Meters },
) {
  const courier = createCourier(store, {
    clock,
    onError: (error) => log.error("courier.failed", { error: String(error) }),
  })
  const policy = {
    quota: {
      messages: mailbox.max_messages,
      bytes: mailbox.max_bytes,
      senderShare: mailbox.sender_share,
      storeBytes: storage.max_bytes,
    },
    maxMessageBytes: mailbox.max_message_bytes,
    ttl: mailbox.ttl,
    maxAddresses: mailbox.max_addresses,
  }
  const presence = createPresence(store, clock)
  const deliveries = createDeliveries(store, { clock, ttl: mailbox.delivered_ttl })
  const newcomers = { ...admission, maxPending: admission.max_pending, pendingTtl: admission.pending_ttl }
  const refused = (did: string, because: string) => log.info("registration.refused", { did, because })
  const invites = createInvites(store, { clock, random })
  const asking = { isOpen: invites.isOpen, seen: presence.note, refused }
  /** The domain over a store, or over a view of it. */
  const over = (acts: MailboxStore & RegistrationStore & ArchiveStore) => ({
    mailboxes: meters.mailboxes(deliveries.mailboxes(createMailboxes(acts, { clock, courier, policy }))),
    registrations: createRegistrations(acts, newcomers, asking),
    archive: createArchive(acts, { random, policy }),
    store: acts,
  })
  const { mailboxes, registrations, archive } = over(store)
  const counted = deliveries.courier(meters.courier(courier))
  return { courier: counted, mailboxes, registrations, archive, over, presence, deliveries }
}

type Rooms = Omit<ReturnType<typeof openMailboxes>, "presence" | "deliveries"> & {
  settings: Settings
  self: Self
  store: Store
  fetcher: Fetcher
  resolver: Resolver
  limits: OpenLimits
}

function decentrlAt({ settings, self, store, over, limits, ...rooms }: Rooms & Ports): Branch {
  const { decentrl } = settings
  return speakDecentrl({
    ...rooms,
    store,
    enter: limits.strangers.enter,
    within(fact) {
      const acts = store.once(fact)
      return { ...over(acts), reserve: acts.settle }
    },
    own: self,
    senderMethods: decentrl.sender_methods,
    limits: {
      payload: decentrl.max_payload,
      eventsPerSave: decentrl.max_events,
      tagsPerEvent: decentrl.max_tags,
      tagLength: decentrl.max_tag_length,
    },
    strangers: {
      waitingOfKind: decentrl.max_contract_requests,
      perSender: { count: decentrl.contract_requests_per_hour, windowMs: HOUR_MS },
    },
  })
}

function speakDidcomm(rooms: Rooms & Ports): Receiver {
  const { settings, self, store, courier, mailboxes, registrations, fetcher, resolver, limits, clock, random, log } =
    rooms
  const ports = { clock, random, log }
  const { server, didcomm } = settings
  const envelopes = createEnvelopes({ keys: self, resolver, clock })
  const outbound = createOutbound({ resolver, fetcher, owns: self.owns, random, log })
  const live = createLive({ envelopes, courier, mailboxes, ...ports, backlog: didcomm.live_backlog })
  const coordination = {
    registrations,
    mailboxes,
    owns: self.owns,
    fullForm: resolver.fullForm,
    aliasesOf: async (did: string) => [...spellings(did), ...agreementNames(await resolver.resolve(did))],
  }
  const protocols = [
    routing({ mailboxes, owns: self.owns, receive: (text, hops) => endpoint.receiveForwarded(text, hops) }),
    coordinateMediation2(coordination, { routingDid: didcomm.routing_did }),
    coordinateMediation3(coordination),
    messagePickup3({ mailboxes, live }, clock),
    messagePickup4({ mailboxes, live }),
    trustPing(),
    basicMessage(),
    reportProblem(log),
    empty(),
  ]
  const discovery = discoverFeatures(protocols, { maxReceiveBytes: server.max_body })
  const isMember = async (did: string) => (await registrations.find(accountDid(did), "didcomm")) !== null
  const endpoint = createEndpoint({
    envelopes,
    registry: createRegistry([...protocols, discovery], (did) => registrations.member(accountDid(did), "didcomm")),
    routes: createReturnRoutes(),
    replays: createReplayGuard({ ledger: store, clock }),
    breaker: createBreaker(),
    rotate: (from, to, at) => registrations.rotate(accountDid(from), accountDid(to), at, resolver.fullForm(to)),
    resolver,
    limits: limits.didcomm(isMember),
    outbound,
    self,
    reportUnknownRecipients: didcomm.report_unknown_recipients,
    ...ports,
  })
  return endpoint.receive
}
