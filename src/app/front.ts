import { createLog } from "../base/log.ts"
import type { Loaded, Sources } from "../config/load.ts"
import type { Settings } from "../config/schema.ts"
import { createClockGuard } from "../mailbox/clock-guard.ts"
import { listen } from "../transport/http.ts"
import { BUILT } from "./built.ts"
import { openLimits } from "./limits.ts"
import { openLiveIdentity } from "./live-identity.ts"
import { openLiveSettings } from "./live-settings.ts"
import type { Ports } from "./mailboxes.ts"
import { createMeters } from "./meters.ts"
import { settle } from "./open-store.ts"
import { openTls } from "./tls.ts"

export type Given = Omit<Ports, "log"> & {
  /** Where lines of the log go. */
  readonly write: (line: string) => void
  /** Where the settings can be read again while the mediator runs. */
  readonly sources: Sources | null
  readonly version: string
}

export type Front = Awaited<ReturnType<typeof openFront>>

/**
 * What stands before everything else: settings, log, limits, the door (which listens, and answers 503), and who we are.
 * All of it ends with `stack`. Rejects with the Fault that stopped the start.
 */
export async function openFront(found: Loaded, { clock, random, write, sources, version }: Given, stack: Stack) {
  const before = { clock, random, log: createLog({ ...found.settings.log, clock, write }) }
  const loaded = await settle(found, sources, before)
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
  const { server } = loaded.settings
  const meters = createMeters({ clock, version })
  const limits = openLimits(live, { clock, meters })
  const { clients, trustedProxies } = limits
  const tls = openTls(server, ports)
  const door = stack.use(
    listen({
      host: server.host,
      port: server.port,
      ...(tls && { tls: tls.pair }),
      ...{ maxBody: server.max_body, maxConnections: server.max_connections },
      ...{ clients, trustedProxies, tally: meters.tally },
      ...ports,
    }),
  )
  meters.certificate(tls)
  if (tls) stack.use(tls.watch(door.renew))
  const settings = withPort(loaded.settings, door.port)
  const guard = createClockGuard(clock, BUILT)
  // A clock that leapt ahead ends no keys either.
  const identity = await openLiveIdentity(settings, { ...ports, clock: { ...clock, now: guard.horizon } })
  const host = server.host.includes(":") ? `[${server.host}]` : server.host
  const url = `${tls ? "https" : "http"}://${host}:${door.port}`
  return { loaded, settings, live, ports, meters, limits, tls, door, guard, identity, url }
}

export type Stack = Pick<AsyncDisposableStack, "use">

// Port 0 in the public URL stands for whichever port the system gave.
const withPort = (settings: Settings, port: number): Settings => ({
  ...settings,
  server: { ...settings.server, public_url: settings.server.public_url.replace(/:0$/, `:${port}`) },
})
