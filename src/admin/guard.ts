import { Fault } from "../faults.ts"
import type { Auth } from "./auth.ts"
import type { Caller, Endpoint } from "./endpoint.ts"
import { csrfToken } from "./sessions.ts"

const CSRF_HEADER = "x-restante-csrf"
const SECURE = "__Host-restante"
const PLAIN = "restante"

/** How the desk is reached; `isAlwaysSecure` when that is only over https. */
export type Place = { readonly publicUrl: string; readonly isAlwaysSecure: boolean }

export type Guard = ReturnType<typeof createGuard>

/** What every request to the admin API must pass, before anything of it is read. */
export function createGuard(auth: Auth, { publicUrl, isAlwaysSecure }: Place) {
  const publicOrigin = new URL(publicUrl).origin

  async function byToken(secret: string, address: string): Promise<Caller> {
    const token = await auth.tokens.find(secret)
    if (!token) throw new Fault("admin.unauthenticated")
    await auth.tokens.used(token)
    const isValid = async () => (await auth.tokens.find(secret)) !== null
    return {
      actor: { name: `token:${token.name}`, address },
      session: null,
      secret: null,
      isValid,
      may: (scope) => token.scopes.includes(scope) || token.scopes.includes("admin"),
      isConfirmed: true,
    }
  }

  async function sessionFor(secret: string) {
    const session = await auth.sessions.find(secret)
    return session && (await auth.admins.find(session.admin)) ? session : null
  }

  async function bySession(secret: string, address: string): Promise<Caller> {
    const session = await sessionFor(secret)
    if (!session) throw new Fault("admin.unauthenticated")
    await auth.sessions.used(session)
    const isValid = async () => (await sessionFor(secret)) !== null
    const isConfirmed = auth.sessions.isFresh(session)
    return { actor: { name: session.admin, address }, session, secret, isValid, may: () => true, isConfirmed }
  }

  // Another site may neither change something as whoever is signed in here, nor sign anybody in.
  function checkOrigin(headers: Headers, isSession: boolean): void {
    const [site, origin] = [headers.get("sec-fetch-site"), headers.get("origin")]
    if (site !== null && site !== "same-origin") throw new Fault("admin.csrf")
    if (origin !== null && !isOurs(origin, headers.get("host"))) throw new Fault("admin.csrf")
    if (isSession && site === null && origin === null) throw new Fault("admin.csrf")
  }

  const isOurs = (origin: string, host: string | null): boolean =>
    origin === publicOrigin || (URL.canParse(origin) && host !== null && new URL(origin).host === host.toLowerCase())

  const stranger = (address: string): Caller => ({
    actor: { name: "anyone", address },
    session: null,
    secret: null,
    isValid: async () => true,
    may: () => false,
    isConfirmed: false,
  })

  /** Who asks, if it may. Faults: admin.unauthenticated, admin.scope, admin.session_only, admin.csrf, admin.confirm. */
  async function admit(endpoint: Endpoint, headers: Headers, address: string): Promise<Caller> {
    const isChange = endpoint.method !== "GET"
    if (endpoint.access === "anyone") {
      if (isChange) checkOrigin(headers, false)
      return stranger(address)
    }
    const authorization = headers.get("authorization")
    if (authorization !== null) {
      const [, secret = ""] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
      const caller = await byToken(secret, address)
      if (endpoint.access === "session") throw new Fault("admin.session_only")
      if (!caller.may(endpoint.access)) throw new Fault("admin.scope", { args: [endpoint.access] })
      return caller
    }
    const caller = await bySession(cookieOf(headers) ?? "", address)
    if (isChange) {
      checkOrigin(headers, true)
      // Hashes of 256 random bits: how long comparing takes tells nothing of use.
      if (headers.get(CSRF_HEADER) !== csrfToken(caller.secret ?? "")) throw new Fault("admin.csrf")
    }
    if (endpoint.isDangerous && !caller.isConfirmed) throw new Fault("admin.confirm")
    return caller
  }

  function cookieOf(headers: Headers): string | null {
    const cookies = new Map(
      (headers.get("cookie") ?? "").split(";").map((pair) => {
        const [name = "", ...value] = pair.trim().split("=")
        return [name, value.join("=")] as const
      }),
    )
    // Where it is always there, nobody on a neighbouring host name can set the other.
    return cookies.get(SECURE) ?? (isAlwaysSecure ? null : (cookies.get(PLAIN) ?? null))
  }

  return {
    admit,
    /** The header that gives a browser the session's secret, or takes it away. */
    cookie(secret: string | null, headers: Headers, maxAge: number): string {
      const isSecure = isAlwaysSecure || headers.get("origin")?.startsWith("https:") === true
      // Without a path it goes to where it came from, /admin/api, whatever a proxy puts before that.
      const name = isSecure ? `${SECURE}=${secret ?? ""}; Path=/; Secure` : `${PLAIN}=${secret ?? ""}`
      return `${name}; HttpOnly; SameSite=Strict; Max-Age=${secret === null ? 0 : Math.floor(maxAge / 1000)}`
    },
  }
}
