import { tell } from "./changes.ts"
import { expire, me, session, signedInAgain } from "./session.ts"
import type { Me } from "./types.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/** What the API refused. Codes of our own: `offline`, and `cancelled` when the password was not given. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** The member of the request that is wrong. */
  readonly member: string | null
  /** Seconds to wait before the next attempt. */
  readonly retryAfter: number | null

  constructor(status: number, code: string, message: string, more: { member?: string; retryAfter?: number } = {}) {
    super(message)
    this.status = status
    this.code = code
    this.member = more.member ?? null
    this.retryAfter = more.retryAfter ?? null
  }
}

/** Asks for the password and resolves with whether it was given and right; the dialog in kit/confirm-password.tsx. */
type Confirmer = () => Promise<boolean>
let confirmer: Confirmer = async () => false
export function confirmWith(given: Confirmer): void {
  confirmer = given
}

/**
 * One request to the admin API; `path` is below /admin/api. Waits for whoever must sign in again or give the password
 * again, and then goes on. Rejects with an ApiError.
 */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const answer = await persistently(() => once<T>(method, path, body))
  // The feed says so, too, but not at once.
  if (method !== "GET" && !isDryRun(body)) tell(null)
  return answer
}

async function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (!(await overcome(error))) throw error
    return persistently(attempt)
  }
}

const isDryRun = (body: unknown) =>
  typeof body === "object" && body !== null && "dryRun" in body && body.dryRun === true

export const get = <T>(path: string): Promise<T> => call<T>("GET", path)
export const post = <T>(path: string, body: unknown = {}): Promise<T> => call<T>("POST", path, body)
export const patch = <T>(path: string, body: unknown): Promise<T> => call<T>("PATCH", path, body)
export const remove = <T>(path: string): Promise<T> => call<T>("DELETE", path)

/** A file that is made of what is sent. */
export const fileOf = (path: string, body: unknown): Promise<Blob> =>
  persistently(async () => (await send("POST", path, body)).blob())

/** Asks for the password if it was given too long ago: for what the browser then asks for by itself. */
export async function confirmedLately(): Promise<void> {
  const { isFresh } = await get<Me>("/session")
  if (!isFresh) await overcome(new ApiError(403, "admin.confirm", ""))
}

/** Without any of that: for signing in itself. */
export async function once<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body)
  // Each endpoint's answer is checked by the server before it is sent.
  return (await response.json().catch(() => null)) as T
}

async function send(method: Method, path: string, body: unknown): Promise<Response> {
  const csrf = me()?.csrf
  const response = await fetch(`api${path}`, {
    method,
    headers: {
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(csrf !== undefined && { "X-Restante-CSRF": csrf }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, "offline", "The mediator does not answer. Check the connection, and whether it still runs.")
  })
  if (response.ok) return response
  throw refusal(response, await response.json().catch(() => null))
}

type Refusal = { readonly error?: { readonly code: string; readonly message: string; readonly member?: string } }

function refusal({ status, headers }: Response, answer: unknown): ApiError {
  // The shape that docs/admin-api.md promises; a proxy may answer with something else.
  const { error } = (answer ?? {}) as Refusal
  const wait = Number(headers.get("retry-after") ?? Number.NaN)
  const message = error?.message ?? `Something on the way answered with HTTP ${status}.`
  return new ApiError(status, error?.code ?? `http.${status}`, message, {
    ...(error?.member !== undefined && { member: error.member }),
    ...(Number.isFinite(wait) && { retryAfter: wait }),
  })
}

/** Whether what stood in the way is gone. */
async function overcome({ code }: ApiError): Promise<boolean> {
  if (code === "admin.confirm") {
    if (await confirmer()) return true
    throw new ApiError(403, "cancelled", "Nothing was changed.")
  }
  const now = session.value
  if (code === "admin.unauthenticated" && "me" in now) {
    expire()
    await signedInAgain()
    return true
  }
  // Somebody signed in again in another tab: the session is another, and so is its token.
  if (code !== "admin.csrf" || now.kind !== "signed-in") return false
  const fresh = await once<Me>("GET", "/session")
  session.value = { kind: "signed-in", me: fresh }
  return fresh.csrf !== now.me.csrf
}
