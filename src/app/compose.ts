import manifest from "../../package.json" with { type: "json" }
import { systemClock } from "../base/clock.ts"
import { systemRandom } from "../base/random.ts"
import { splitAddress } from "../config/kinds.ts"
import type { Loaded, Sources } from "../config/load.ts"
import { createFetcher } from "../did/fetch.ts"
import { createResolver } from "../did/resolver.ts"
import { keysOf } from "../didcomm/envelope.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import type { Profile } from "../transport/landing.ts"
import { listenForMetrics, metricsPage } from "../transport/metrics.ts"
import { type OpenAdmin, openAdmin } from "./admin.ts"
import { openDecentrl } from "./decentrl.ts"
import { openDidcomm } from "./didcomm.ts"
import { createDoctor } from "./doctor/doctor.ts"
import { type Front, openFront, type Stack } from "./front.ts"
import { createIdentityDesk, warnOfEnds } from "./identity-desk.ts"
import { openJoseThreads } from "./jose/threads.ts"
import { openPost, type Post } from "./post.ts"
import type { Refusals } from "./refusals.ts"

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
  await using stack = new AsyncDisposableStack()
  const front = await openFront(found, { clock, random, write, sources, version: manifest.version }, stack)
  const { settings, live, ports, meters, limits, tls, door, identity, url } = front
  const { self } = identity
  const post = await openPost(front, stack)
  const resolution = openResolution(front, post)
  const { promise: restartWanted, resolve: restart } = Promise.withResolvers<void>()
  const admin = await openOffice({ ...front, ...post, ...resolution, restart }, stack)
  const languages = openLanguages({ ...front, ...post, ...resolution }, stack)
  const { token, listen: metricsAt } = settings.metrics
  const metrics = metricsPage({ render: meters.render, token })
  const ownAddress = splitAddress(metricsAt)
  if (ownAddress) stack.use(listenForMetrics(ownAddress, metrics))
  const profile = profileOf(front)
  // Closed before the store: what is under way then is still answered.
  stack.use(
    door.open({
      didcomm: limits.watched("didcomm", languages.didcomm),
      ...(languages.decentrl && { decentrl: limits.watchedBranch("decentrl", languages.decentrl) }),
      ...(token !== "" && { metrics }),
      ...(admin.wing && { wing: admin.wing }),
      profile,
      // Whoever balances a load sends nobody to a mediator that wants to be rid of its sockets.
      isReady: async () => post.intake.mode() !== "draining" && (await post.store.ready()),
    }),
  )
  // Closed before the door, which waits for every answer.
  stack.use(admin)
  ports.log.info("mediator.started", { version: manifest.version, url, public_url: settings.server.public_url })

  const running = stack.move()
  return {
    url,
    did: self.did,
    dids: self.dids,
    invitationUrl: profile.invitationUrl,
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
      ports.log.info("mediator.stopped")
    },
  }
}

/** How other people's DIDs, and our own, become documents. */
function openResolution({ settings, ports, identity }: Front, { store }: Post) {
  const { clock } = ports
  const fetcher = createFetcher({ policy: settings.didcomm.outbound, clock })
  const resolver = createResolver({
    fetcher,
    clock,
    own: () => identity.self.documents,
    recall: async (short) => (await store.findRegistration(short))?.fullDid ?? null,
  })
  return { fetcher, resolver }
}

type Resolution = ReturnType<typeof openResolution>

/** The two languages, on the post and on threads for their cryptography. */
function openLanguages(
  {
    settings,
    ports,
    limits,
    identity,
    store,
    occupants,
    rooms,
    noticeDesk,
    fetcher,
    resolver,
  }: Front & Post & Resolution,
  stack: Stack,
) {
  const { self } = identity
  const jose = stack.use(openJoseThreads({ ...keysOf(self, resolver), mark: () => self.stored }, ports))
  const speaking = { settings, self, store, occupants, fetcher, resolver, limits, jose, ...rooms, ...ports }
  return {
    didcomm: openDidcomm({ ...speaking, noticeDesk }),
    decentrl: settings.decentrl.enabled ? openDecentrl(speaking) : null,
  }
}

/** The operator's side. */
function openOffice(
  { guard, ports, identity, limits, ...parts }: Front & Post & Resolution & { restart: () => void },
  stack: Stack,
): Promise<OpenAdmin> {
  const { settings, loaded, store, meters, backups } = parts
  const { self } = identity
  const dated = { ...ports, clock: guard.clock }
  const identityDesk = createIdentityDesk({
    settings,
    store,
    self: () => self,
    changed: identity.reload,
    ...dated,
  })
  stack.use(warnOfEnds(identityDesk, ports))
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
  const { trustedProxies } = limits
  return openAdmin({ ...parts, ...dated, guard, self, identity: identityDesk, limits, doctor, trustedProxies })
}

/** What the page for people shows. */
function profileOf({ settings, identity: { self } }: Front): Profile {
  const letter = (invite?: string) => invitation(self.did, settings.server.public_url, invite)
  return {
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
  }
}
