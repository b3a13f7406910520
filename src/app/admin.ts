import manifest from "../../package.json" with { type: "json" }
import { createAdminApi } from "../admin/api.ts"
import { createAuth } from "../admin/auth.ts"
import type { ShownSetting } from "../admin/endpoints/settings.ts"
import type { Running } from "../admin/endpoints/status.ts"
import { BASE } from "../admin/openapi.ts"
import type { Clock } from "../base/clock.ts"
import type { Network } from "../base/ip.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { splitAddress } from "../config/kinds.ts"
import { type Origin, originText } from "../config/problem.ts"
import { defaultText, rows, type Settings, shownText } from "../config/schema.ts"
import type { Self } from "../did/self.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { createAccounts } from "../mailbox/accounts.ts"
import { createInvites } from "../mailbox/invites.ts"
import type { Store } from "../store/store.ts"
import type { Door } from "../transport/http.ts"
import { listenForWing, type Wing } from "../transport/wing.ts"
import type { Meters } from "./meters.ts"

export type Origins = ReadonlyMap<string, Origin>

/** How the first admin comes about, for the eyes of whoever started the mediator. */
export type SetupLink = { readonly url: string; readonly code: string }

/** The name of the admin whose password is in the settings. */
const FIRST = "admin"

type Parts = {
  readonly settings: Settings
  readonly origins: Origins
  readonly self: Self
  readonly invitationUrl: string
  readonly store: Store
  readonly door: Door
  readonly meters: Meters
  readonly trustedProxies: readonly Network[]
  /** Where the door is, for a client on this machine. */
  readonly url: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export type OpenAdmin = AsyncDisposable & {
  /** What the door is to serve; null when the API has an address of its own. */
  readonly wing: Wing | null
  /** Where it is, for a client on this machine. */
  readonly url: string
  readonly setup: SetupLink | null
}

/** The operator's API, and the code for the first admin while there is none. Disposing it ends its streams. */
export async function openAdmin(parts: Parts): Promise<OpenAdmin> {
  const { settings, store, meters, self, clock, random, log } = parts
  const { listen, password, session_idle: idle, session_absolute: absolute } = settings.admin
  const { public_url: publicUrl } = settings.server
  const own = splitAddress(listen)
  const auth = createAuth(store, { clock, random, log, idle, absolute })
  await using stack = new AsyncDisposableStack()
  const api = stack.use(
    createAdminApi({
      auth,
      accounts: createAccounts(store, { clock }),
      invites: createInvites(store, { clock, random }),
      inviteUrl: (id) => invitation(self.did, publicUrl, id).url,
      store,
      running: runningOf(parts),
      settings: shownSettings(parts),
      publicUrl,
      isAlwaysSecure: publicUrl.startsWith("https:") && !own,
      absolute,
      note: meters.tally.refused,
      clock,
      log,
    }),
  )
  const wing = { prefix: BASE, serve: api.serve }
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

const runningOf = ({ settings, self, invitationUrl, door, meters, store, clock }: Parts): Running => ({
  version: manifest.version,
  did: self.did,
  dids: self.dids,
  publicUrl: settings.server.public_url,
  invitationUrl,
  startedAt: clock.now(),
  sockets: door.sockets,
  pending: door.pending,
  refusals: meters.refusals.lastHour,
  isReady: store.ready,
})

/** Every setting for people to look at: of secrets only that they are there. */
const shownSettings = ({ settings, origins }: Parts): ShownSetting[] => {
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = settings
  return rows.map((row) => ({
    key: row.path,
    value: shownText(row, groups[row.section]?.[row.key]),
    default: defaultText(row),
    origin: originText(origins.get(row.path) ?? { from: "default" }),
    sentence: row.sentence,
    isSecret: row.secret === true,
  }))
}
