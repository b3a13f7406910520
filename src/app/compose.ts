import manifest from "../../package.json" with { type: "json" }
import { type Clock, systemClock } from "../base/clock.ts"
import { createLog, type Log } from "../base/log.ts"
import { type Random, systemRandom } from "../base/random.ts"
import type { Settings } from "../config/schema.ts"
import { accountDid, agreementNames, spellings } from "../did/document.ts"
import { createFetcher } from "../did/fetch.ts"
import { createResolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import { createBreaker } from "../didcomm/breaker.ts"
import { createEndpoint } from "../didcomm/endpoint.ts"
import { createEnvelopes } from "../didcomm/envelope.ts"
import { createGate } from "../didcomm/gate.ts"
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
import { createCourier } from "../mailbox/courier.ts"
import { createMailboxes } from "../mailbox/mailboxes.ts"
import { createRegistrations } from "../mailbox/registrations.ts"
import { openStore, type Store } from "../store/store.ts"
import { listen } from "../transport/http.ts"
import type { Receiver } from "../wire.ts"
import { openIdentityFile } from "./identity.ts"
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
}

/** Envelopes that are opened at the same time, and that may wait for it. */
const ENVELOPES = { atOnce: 256, waiting: 4_096 }

type Ports = { readonly clock: Clock; readonly random: Random; readonly log: Log }

/**
 * Settings → running mediator: the only place that knows every room. Time, chance and where the log goes may be given.
 * Rejects with the Fault that stopped the start.
 */
export async function startMediator(
  given: Settings,
  { clock = systemClock, random = systemRandom, write = (line: string) => void process.stderr.write(line) } = {},
): Promise<Mediator> {
  const log = createLog({ ...given.log, clock, write })
  const ports: Ports = { clock, random, log }
  await using stack = new AsyncDisposableStack()
  const { host, port, max_body, max_connections } = given.server
  const door = stack.use(listen({ host, port, maxBody: max_body, maxConnections: max_connections, ...ports }))
  const settings = withPort(given, door.port)
  const { self } = await openIdentityFile(settings)
  const store = stack.use(
    await openStore(settings.storage.url, { dataDir: settings.server.data_dir, ...ports, writer: "worker" }),
  )
  const rooms = openMailboxes(settings, store, ports)
  stack.use(store.watch(rooms.courier.nudgeAll))
  stack.use(keepHouse({ store, ...ports }))

  const didcomm = speakDidcomm({ settings, self, store, ...rooms, ...ports })
  const { invitation: letter, url: invitationUrl } = invitation(self.did, settings.server.public_url)
  door.open({
    didcomm,
    profile: {
      version: manifest.version,
      did: self.did,
      dids: self.dids,
      webDocument: self.webDocument(),
      invitation: letter,
      invitationUrl,
    },
    isReady: () => store.ready(),
  })
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${door.port}`
  log.info("mediator.started", { version: manifest.version, url, public_url: settings.server.public_url })

  const running = stack.move()
  return {
    url,
    did: self.did,
    dids: self.dids,
    invitationUrl,
    identusSafe: self.identusSafe,
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

function openMailboxes({ admission, mailbox }: Settings, store: Store, { clock, log }: Ports) {
  const courier = createCourier(store, (error) => log.error("courier.failed", { error: String(error) }))
  const policy = {
    quota: { messages: mailbox.max_messages, bytes: mailbox.max_bytes },
    maxMessageBytes: mailbox.max_message_bytes,
    ttl: mailbox.ttl,
    maxAddresses: mailbox.max_addresses,
  }
  return {
    courier,
    mailboxes: createMailboxes(store, { clock, courier, policy }),
    registrations: createRegistrations(store, admission),
  }
}

type Rooms = ReturnType<typeof openMailboxes> & { settings: Settings; self: Self; store: Store }

function speakDidcomm({ settings, self, store, courier, mailboxes, registrations, ...ports }: Rooms & Ports): Receiver {
  const { server, didcomm } = settings
  const { clock, random, log } = ports
  const fetcher = createFetcher({ policy: didcomm.outbound, clock })
  const resolver = createResolver({
    fetcher,
    clock,
    own: self.documents,
    recall: async (short) => (await store.findRegistration(short))?.fullDid ?? null,
  })
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
  const endpoint = createEndpoint({
    envelopes,
    registry: createRegistry([...protocols, discovery], (did) => registrations.member(accountDid(did), "didcomm")),
    routes: createReturnRoutes(),
    replays: createReplayGuard({ ledger: store, clock }),
    breaker: createBreaker(),
    rotate: (from, to, at) => registrations.rotate(accountDid(from), accountDid(to), at, resolver.fullForm(to)),
    resolver,
    gate: createGate(ENVELOPES.atOnce, ENVELOPES.waiting),
    outbound,
    self,
    reportUnknownRecipients: didcomm.report_unknown_recipients,
    ...ports,
  })
  return endpoint.receive
}
