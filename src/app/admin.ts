import manifest from "../../package.json" with { type: "json" }
import { loadPages } from "../../web/embedded.ts"
import { createAdminApi } from "../admin/api.ts"
import { createAuth } from "../admin/auth.ts"
import type { IdentityDesk } from "../admin/endpoints/identity.ts"
import type { Running } from "../admin/endpoints/status.ts"
import { BASE } from "../admin/openapi.ts"
import { createPages } from "../admin/pages.ts"
import type { Clock } from "../base/clock.ts"
import type { Network } from "../base/ip.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { splitAddress } from "../config/kinds.ts"
import type { Settings } from "../config/schema.ts"
import type { Resolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { createAccounts } from "../mailbox/accounts.ts"
import type { ClockGuard } from "../mailbox/clock-guard.ts"
import { createInvites } from "../mailbox/invites.ts"
import type { NoticeDesk } from "../mailbox/notice-ports.ts"
import type { Store } from "../store/store.ts"
import type { Door } from "../transport/http.ts"
import { isBelow, listenForWing, type Wing } from "../transport/wing.ts"
import { about } from "./about.ts"
import type { Backups } from "./backup/backups.ts"
import { closing, type OpenConnections } from "./connections.ts"
import type { Doctor } from "./doctor/doctor.ts"
import type { History } from "./history.ts"
import type { OpenIntake } from "./intake.ts"
import type { OpenLimits } from "./limits.ts"
import type { LiveSettings } from "./live-settings.ts"
import type { Meters } from "./meters.ts"
import { createSelfTest } from "./self-test.ts"
import { settingsDesk } from "./settings-desk.ts"
import { storageOf } from "./storage.ts"
import { createVitals, refusalsOf } from "./vitals.ts"

/** How the first admin comes about, for the eyes of whoever started the mediator. */
export type SetupLink = { readonly url: string; readonly code: string }

/** The name of the admin whose password is in the settings. */
const FIRST = "admin"

type Parts = {
  readonly settings: Settings
  readonly live: LiveSettings
  readonly intake: OpenIntake
  readonly history: History
  readonly limits: Pick<OpenLimits, "state">
  readonly guard: ClockGuard
  readonly self: Self
  readonly identity: IdentityDesk
  readonly store: Store
  readonly door: Door
  readonly meters: Meters
  readonly connections: OpenConnections
  readonly noticeDesk: NoticeDesk
  readonly resolver: Resolver
  readonly backups: Backups
  readonly doctor: Doctor
  /** Ends this mediator, so that another one begins on what was restored. */
  readonly restart: () => void
  readonly trustedProxies: readonly Network[]
  /** Where the door is, for a client on this machine. */
  readonly url: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export type OpenAdmin = AsyncDisposable & {
  /** What the door is to serve; null when it has an address of its own. */
  readonly wing: Wing | null
  /** Where it is, for a client on this machine. */
  readonly url: string
  readonly setup: SetupLink | null
}

/** The operator's API and pages, and the code for the first admin while there is none. Disposing it ends its streams. */
export async function openAdmin(parts: Parts): Promise<OpenAdmin> {
  const { settings, store, meters, self, clock, random, log } = parts
  const { listen, password, session_idle: idle, session_absolute: absolute } = settings.admin
  const { public_url: publicUrl } = settings.server
  const own = splitAddress(listen)
  const auth = createAuth(store, { clock, random, log, idle, absolute })
  const selfTest = createSelfTest(parts)
  await selfTest.sweep().catch((error) => log.error("test.not_erased", { error: String(error) }))
  await using stack = new AsyncDisposableStack()
  const api = stack.use(
    createAdminApi({
      auth,
      accounts: closing(createAccounts(store, { clock }), parts.connections),
      connections: parts.connections,
      notices: parts.noticeDesk,
      selfTest: selfTest.test,
      invites: createInvites(store, { clock, random }),
      inviteUrl: (id) => invitation(self.did, publicUrl, id).url,
      store,
      running: runningOf(parts),
      settings: settingsDesk(parts),
      intake: parts.intake,
      history: parts.history,
      limits: parts.limits.state,
      identity: parts.identity,
      about,
      backups: restarting(parts),
      storage: () => storageOf({ ...parts, pulse: meters.pulse }),
      doctor: parts.doctor,
      publicUrl,
      isAlwaysSecure: publicUrl.startsWith("https:") && !own,
      absolute,
      note: meters.tally.refused,
      clock,
      log,
    }),
  )
  const pages = createPages(loadPages)
  const wing: Wing = {
    prefix: "/admin",
    serve: (request, guest) => (isBelow(BASE, guest.path) ? api.serve(request, guest) : pages(request, guest.path)),
  }
  if (password !== "" && (await auth.admins.isEmpty())) {
    await auth.admins.create({ name: FIRST, password, first: true }, { name: "settings", address: null })
  }
  const code = await auth.setup.begin()
  if (code !== null) log.info("admin.setup_open", { advice: "restante admin create makes the first admin" })
  const port = own && stack.use(listenForWing(own, wing, parts)).port
  const at = own ? `http://${own.host.includes(":") ? `[${own.host}]` : own.host}:${port}` : null
  const opened = stack.move()
  return {
    wing: own ? null : wing,
    url: `${at ?? parts.url}/admin`,
    setup: code === null ? null : { url: `${at ?? publicUrl}/admin/#setup=${code}`, code },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Time for the answer to leave. */
const RESTART_AFTER_MS = 250

/** Who restores a backup wants to see it. */
const restarting = ({ backups, intake, restart, clock }: Parts): Backups => ({
  ...backups,
  async restore(name, by) {
    // What came in from now on would be lost: its sender is told to come back instead.
    const hold = intake.hold()
    try {
      const found = await backups.restore(name, by)
      clock.after(RESTART_AFTER_MS, restart)
      return found
    } catch (thrown) {
      hold[Symbol.dispose]()
      throw thrown
    }
  },
})

const runningOf = ({ settings, self, door, meters, store, clock, ...parts }: Parts): Running => ({
  version: manifest.version,
  get did() {
    return self.did
  },
  get dids() {
    return self.dids
  },
  publicUrl: settings.server.public_url,
  get invitationUrl() {
    return invitation(self.did, settings.server.public_url).url
  },
  startedAt: clock.now(),
  sockets: door.sockets,
  pending: door.pending,
  refusals: () => refusalsOf(meters),
  isReady: store.ready,
  vitals: createVitals({ ...parts, meters, clock }),
})
