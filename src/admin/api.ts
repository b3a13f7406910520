import { type Context, Hono } from "hono"
import * as v from "valibot"
import { fromUtf8 } from "../base/bytes.ts"
import { parseStrict } from "../base/canonical.ts"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import { withMethod } from "../base/with-method.ts"
import { Fault, type FaultCode } from "../faults.ts"
import type { Accounts } from "../mailbox/accounts.ts"
import type { Invites } from "../mailbox/invites.ts"
import type { NoticeDesk } from "../mailbox/notice-ports.ts"
import type { AccountStore, AuditStore, MeasureStore } from "../mailbox/operator-ports.ts"
import type { Auth } from "./auth.ts"
import { type Endpoint, endpoint } from "./endpoint.ts"
import { type About, aboutEndpoints } from "./endpoints/about.ts"
import { addressEndpoints } from "./endpoints/addresses.ts"
import { adminEndpoints } from "./endpoints/admins.ts"
import { auditEndpoints } from "./endpoints/audit.ts"
import { type BackupDesk, backupEndpoints } from "./endpoints/backups.ts"
import { bulkEndpoints } from "./endpoints/bulk.ts"
import { type Connections, connectionEndpoints } from "./endpoints/connections.ts"
import { type DoctorDesk, doctorEndpoints } from "./endpoints/doctor.ts"
import { exportEndpoints } from "./endpoints/exports.ts"
import { type HistoryDesk, historyEndpoints } from "./endpoints/history.ts"
import { type IdentityDesk, identityEndpoints } from "./endpoints/identity.ts"
import { type IntakeDesk, intakeEndpoints } from "./endpoints/intake.ts"
import { inviteEndpoints } from "./endpoints/invites.ts"
import { type LimitsState, limitsEndpoints } from "./endpoints/limits.ts"
import { mailboxes } from "./endpoints/mailboxes.ts"
import { noticeEndpoints } from "./endpoints/notices.ts"
import { queueEndpoints } from "./endpoints/queues.ts"
import { registrations } from "./endpoints/registrations.ts"
import { secondFactorEndpoints } from "./endpoints/second-factor.ts"
import { type SelfTest, selfTestEndpoints } from "./endpoints/self-test.ts"
import { sessionEndpoints } from "./endpoints/session.ts"
import { type SettingsDesk, settingsEndpoints } from "./endpoints/settings.ts"
import { type Running, statusEndpoints, takeSnapshot } from "./endpoints/status.ts"
import { type Storage, storageEndpoints } from "./endpoints/storage.ts"
import { createFeeds } from "./feed.ts"
import { createGuard, type Place } from "./guard.ts"
import { BASE, openApi } from "./openapi.ts"

const MAX_BODY = 64 * 1024

/** What the door knows of a request. */
export type Guest = {
  readonly path: string
  readonly remote: string
  /** The body of at most so many bytes. Fault request.too_large. */
  body(most: number): Promise<Uint8Array>
  /** The answer is a stream, which takes as long as it takes. */
  keepOpen(): void
}
type Env = { Bindings: Guest }

export type AdminParts = Place & {
  readonly auth: Auth
  readonly accounts: Accounts
  readonly invites: Invites
  readonly inviteUrl: (id: string) => string
  readonly store: AccountStore & AuditStore & MeasureStore
  readonly connections: Connections
  readonly notices: NoticeDesk
  readonly selfTest: SelfTest
  readonly running: Running
  readonly settings: SettingsDesk
  readonly intake: IntakeDesk
  readonly history: HistoryDesk
  readonly limits: () => LimitsState
  readonly identity: IdentityDesk
  readonly about: () => Promise<About>
  readonly backups: BackupDesk
  readonly storage: () => Promise<Storage>
  readonly doctor: DoctorDesk
  /** How long a session lasts at most, ms. */
  readonly absolute: number
  readonly clock: Clock
  readonly log: Log
  /** Told of every refusal. */
  readonly note: (code: FaultCode) => void
}

export type AdminApi = Disposable & {
  readonly endpoints: readonly Endpoint[]
  serve(request: Request, guest: Guest): Promise<Response>
}

/** The admin API as one handler of requests below BASE. Disposing it ends its streams. */
export function createAdminApi(parts: AdminParts): AdminApi {
  const { auth, accounts, store, running, clock, log, note } = parts
  const look = () => takeSnapshot(store, running)
  const onError = (error: unknown) => log.error("admin.feed_failed", { error: String(error) })
  const feeds = createFeeds({ store, look, clock, onError })
  const guard = createGuard(auth, parts)
  const declared: Endpoint[] = [
    ...sessionEndpoints(auth),
    ...secondFactorEndpoints(auth),
    ...adminEndpoints(auth),
    // Before those of one registration, whose DID would take their names.
    ...exportEndpoints(parts),
    ...bulkEndpoints(accounts),
    ...registrations({ ...parts, ours: () => running.dids }),
    ...addressEndpoints(accounts),
    ...connectionEndpoints(parts),
    ...noticeEndpoints(accounts, parts.notices),
    ...queueEndpoints(store),
    ...mailboxes(accounts),
    ...inviteEndpoints(parts),
    ...auditEndpoints(store),
    ...settingsEndpoints(parts.settings),
    ...intakeEndpoints(parts.intake),
    ...historyEndpoints(parts.history),
    ...limitsEndpoints(parts.limits),
    ...selfTestEndpoints(parts.selfTest),
    ...statusEndpoints(running, look),
    ...identityEndpoints(parts.identity),
    ...aboutEndpoints(parts.about),
    ...backupEndpoints(parts.backups),
    ...storageEndpoints(parts.storage),
    ...doctorEndpoints(parts.doctor),
    feeds.endpoint,
  ]
  const endpoints: Endpoint[] = [...declared, documentOf(() => openApi(endpoints, running.version))]

  async function answer(one: Endpoint, c: Context<Env>): Promise<Response> {
    const { headers } = c.req.raw
    const caller = await guard.admit(one, headers, c.env.remote)
    const params = c.req.param() as Readonly<Record<string, string>>
    const answered = await one.run(
      {
        caller,
        address: c.env.remote,
        headers,
        param: (name) => params[name] ?? "",
        setCookie: (secret) => c.header("Set-Cookie", guard.cookie(secret, headers, parts.absolute)),
        keepOpen: c.env.keepOpen,
      },
      { query: c.req.query(), body: one.body ? await readJson(headers, c.env, one.maxBody) : {} },
    )
    return answered instanceof Response ? answered : c.json(answered)
  }

  const app = new Hono<Env>({ getPath: (_, given) => given?.env?.path ?? "/" })
  app.use(async (c, next) => {
    await next()
    c.header("Cache-Control", "no-store")
    c.header("X-Content-Type-Options", "nosniff")
    c.header("Referrer-Policy", "no-referrer")
    c.header("Cross-Origin-Resource-Policy", "same-origin")
    c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
  })
  for (const one of endpoints) app.on(one.method, BASE + one.path, (c: Context<Env>) => answer(one, c))
  const paths = new Set(endpoints.map(({ path }) => BASE + path))
  for (const path of paths) {
    app.all(path, () => {
      throw new Fault("request.method")
    })
  }
  app.all("*", () => {
    throw new Fault("request.not_found")
  })
  app.onError((thrown, c) => {
    const fault = Fault.from(thrown)
    if (fault.code === "internal") log.error("admin.failed", { error: fault.detail })
    // Whoever opens the pages asks first who is signed in: that nobody is, is an answer.
    const isGreeting =
      fault.code === "admin.unauthenticated" && c.req.method === "GET" && c.req.path === `${BASE}/session`
    if (!isGreeting) note(fault.code)
    if (fault.retry !== null) c.header("Retry-After", String(fault.retry))
    const { code, row, sentence, args } = fault
    const member = code === "admin.invalid" ? { member: args[0] ?? "body" } : {}
    return Response.json(
      { error: { code, message: sentence, ...member } },
      { status: row.http, headers: c.res.headers },
    )
  })

  return {
    endpoints,
    // Hono would answer HEAD with what GET does, and a stream has no head alone.
    serve: async (request, guest) =>
      app.fetch(request.method === "HEAD" ? withMethod("OPTIONS", request) : request, guest),
    [Symbol.dispose]: () => feeds[Symbol.dispose](),
  }
}

const documentOf = (render: () => Readonly<Record<string, unknown>>): Endpoint =>
  endpoint({
    method: "GET",
    path: "/openapi.json",
    access: "read",
    summary: "This description of the API.",
    answer: v.record(v.string(), v.unknown()),
    handle: async () => render(),
  })

/** Faults: admin.media_type, admin.too_large, admin.invalid. */
async function readJson(headers: Headers, { body }: Guest, most = MAX_BODY): Promise<unknown> {
  const mediaType = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase()
  if (mediaType !== "application/json" || headers.has("content-encoding")) throw new Fault("admin.media_type")
  const text = fromUtf8(await read(body, most))
  const object = text === null ? null : parseStrict(text)
  if (!object) throw new Fault("admin.invalid", { args: ["body", "It must be one JSON object."] })
  return object
}

async function read(body: Guest["body"], most: number): Promise<Uint8Array> {
  try {
    return await body(most)
  } catch (cause) {
    const fault = Fault.from(cause)
    throw fault.code === "request.too_large" ? new Fault("admin.too_large", { cause }) : fault
  }
}
