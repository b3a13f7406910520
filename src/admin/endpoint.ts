/** One declaration of an endpoint: routing, authorisation, validation and its page in the OpenAPI document follow. */

import * as v from "valibot"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { Scope } from "./api-tokens.ts"
import type { Session } from "./sessions.ts"

export type Schema = v.GenericSchema

/** Who asks: `session` with its secret for somebody who signed in, else null. */
export type Caller = {
  readonly actor: Actor
  readonly session: Session | null
  readonly secret: string | null
  /** Whether the session or the token still counts. */
  readonly isValid: () => Promise<boolean>
  /** What it may do, and whether it may now do what is dangerous. */
  readonly may: (scope: Scope) => boolean
  readonly isConfirmed: boolean
}

/** What a request brings along besides its parameters. */
export type Visit = {
  readonly caller: Caller
  readonly address: string
  readonly headers: Headers
  param(name: string): string
  setCookie(secret: string | null): void
  /** The answer is a stream: the connection stays as long as that. */
  keepOpen(): void
}

/** A scope for tokens and whoever signed in, `session` only for the latter, `anyone` also for strangers. */
export type Access = Scope | "session" | "anyone"

type Declared = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Below /admin/api; `:name` stands for a part of it. */
  readonly path: string
  readonly access: Access
  /** Only within five minutes after the password was given. */
  readonly isDangerous?: true
  /** Bytes of the body; 64 KiB unless given. */
  readonly maxBody?: number
  readonly summary: string
}

export type Endpoint = Declared & {
  readonly query: Schema | null
  readonly body: Schema | null
  /** Null where it is no JSON. */
  readonly answer: Schema | null
  /** What it is then. */
  readonly media: readonly string[]
  readonly run: (visit: Visit, given: { query: unknown; body: unknown }) => Promise<unknown>
}

/** What a handler gives: the same members, whoever may change them. */
type Sent<T> = T extends readonly (infer I)[]
  ? readonly Sent<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Sent<T[K]> }
    : T

const nothing = v.strictObject({})

/** An endpoint that takes and gives JSON. Members that `answer` does not name are never sent. */
export function endpoint<
  const A extends Schema,
  const Q extends Schema = typeof nothing,
  const B extends Schema = typeof nothing,
>(
  given: Declared & {
    readonly query?: Q
    readonly body?: B
    readonly answer: A
    readonly handle: (
      given: { readonly query: v.InferOutput<Q>; readonly body: v.InferOutput<B> },
      visit: Visit,
    ) => Promise<Sent<v.InferInput<A>>>
  },
): Endpoint {
  const { query = nothing, body = nothing, answer, handle, ...declared } = given
  return {
    ...declared,
    query: given.query ?? null,
    body: given.body ?? null,
    answer,
    media: [],
    run: async (visit, raw) => {
      // The schema that stands for an absent one is the default of its type parameter.
      const read = { query: valid(query as Q, raw.query), body: valid(body as B, raw.body) }
      return v.parse(answer, await handle(read, visit))
    },
  }
}

/** An endpoint that answers with something else than JSON, such as a file; `media` says what that may be. */
export function raw<const Q extends Schema = typeof nothing, const B extends Schema = typeof nothing>(
  given: Declared & {
    readonly query?: Q
    readonly body?: B
    readonly media: readonly string[]
    readonly handle: (
      given: { readonly query: v.InferOutput<Q>; readonly body: v.InferOutput<B> },
      visit: Visit,
    ) => Promise<Response>
  },
): Endpoint {
  const { query = nothing, body = nothing, handle, ...declared } = given
  return {
    ...declared,
    query: given.query ?? null,
    body: given.body ?? null,
    answer: null,
    run: async (visit, raw) => handle({ query: valid(query as Q, raw.query), body: valid(body as B, raw.body) }, visit),
  }
}

/** Fault admin.invalid with the member that is wrong. */
function valid<S extends Schema>(schema: S, value: unknown): v.InferOutput<S> {
  const outcome = v.safeParse(schema, value, { abortPipeEarly: true })
  if (outcome.success) return outcome.output
  const [issue] = outcome.issues
  throw new Fault("admin.invalid", { args: [v.getDotPath(issue) ?? "body", issue.message] })
}

/** Whether what is dangerous may be done, where only some of an endpoint is. Fault admin.confirm. */
export function checkConfirmed({ caller }: Visit): void {
  if (!caller.isConfirmed) throw new Fault("admin.confirm")
}

/** The session of somebody who signed in. Fault admin.session_only. */
export function sessionOf({ caller }: Visit): Session {
  if (!caller.session) throw new Fault("admin.session_only")
  return caller.session
}
