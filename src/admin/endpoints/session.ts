import * as v from "valibot"
import { Fault } from "../../faults.ts"
import type { Auth } from "../auth.ts"
import { endpoint, sessionOf, type Visit } from "../endpoint.ts"
import { csrfToken, type Session } from "../sessions.ts"
import { done, moment, named, ok } from "../shapes.ts"

const password = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))
export const me = v.object({
  admin: v.string(),
  csrf: v.pipe(v.string(), v.metadata({ description: "For the header X-Restante-CSRF of every change." })),
  hasSecondFactor: v.boolean(),
  recoveryCodesLeft: v.number(),
  isFresh: v.boolean(),
  endsAt: moment,
})

export const shownSession = v.object({
  id: v.string(),
  admin: v.string(),
  address: v.string(),
  agent: v.string(),
  createdAt: moment,
  usedAt: moment,
  endsAt: moment,
  isThis: v.boolean(),
})

export function sessionEndpoints(auth: Auth) {
  async function describe(session: Session, secret: string) {
    const admin = await auth.admins.found(session.admin)
    return {
      admin: admin.name,
      csrf: csrfToken(secret),
      hasSecondFactor: admin.totpSecret !== null,
      recoveryCodesLeft: admin.recoveryHashes.length,
      isFresh: auth.sessions.isFresh(session),
      endsAt: session.endsAt,
    }
  }

  /** Who signs in, whatever session there was before. */
  async function begin(secret: string, { setCookie }: Visit) {
    const session = await auth.sessions.find(secret)
    if (!session) throw new Fault("admin.unauthenticated")
    setCookie(secret)
    return describe(session, secret)
  }

  const visitor = ({ address, headers }: Visit) => ({ address, agent: headers.get("user-agent") ?? "" })

  return [
    endpoint({
      method: "GET",
      path: "/setup",
      access: "anyone",
      summary: "Whether the first admin can be made with a setup code.",
      answer: v.object({ isOpen: v.boolean() }),
      handle: async () => ({ isOpen: await auth.setup.isOpen() }),
    }),
    endpoint({
      method: "POST",
      path: "/setup",
      access: "anyone",
      summary: "Make the first admin with the setup code, and sign in.",
      body: v.strictObject({ code: v.pipe(v.string(), v.maxLength(64)), name: named, password }),
      answer: me,
      async handle({ body }, visit) {
        await auth.setup.use(body, visit.address)
        return begin(await auth.sessions.open({ admin: body.name, ...visitor(visit) }), visit)
      },
    }),
    endpoint({
      method: "POST",
      path: "/session",
      access: "anyone",
      summary: "Sign in; `code` is of the authenticator app, or a recovery code.",
      body: v.strictObject({
        name: v.pipe(v.string(), v.maxLength(64)),
        password,
        code: v.optional(v.pipe(v.string(), v.maxLength(64))),
      }),
      answer: me,
      handle: async ({ body: { name, password, code = null } }, visit) =>
        begin(await auth.signIn({ name, password, code }, visitor(visit)), visit),
    }),
    endpoint({
      method: "GET",
      path: "/session",
      access: "session",
      summary: "Who is signed in.",
      answer: me,
      handle: async (_, visit) => describe(sessionOf(visit), visit.caller.secret ?? ""),
    }),
    endpoint({
      method: "DELETE",
      path: "/session",
      access: "session",
      summary: "Sign out.",
      answer: done,
      async handle(_, visit) {
        await auth.sessions.close(sessionOf(visit).id)
        visit.setCookie(null)
        return ok
      },
    }),
    endpoint({
      method: "POST",
      path: "/session/confirm",
      access: "session",
      summary: "Give the password again; what is dangerous can be done for five minutes from then.",
      body: v.strictObject({ password }),
      answer: done,
      async handle({ body }, visit) {
        await auth.confirm(sessionOf(visit), body.password, visit.address)
        return ok
      },
    }),
    endpoint({
      method: "GET",
      path: "/sessions",
      access: "admin",
      summary: "All sessions, the last used first.",
      answer: v.object({ sessions: v.array(shownSession) }),
      async handle(_, { caller }) {
        const all = await auth.sessions.list()
        return { sessions: all.map((session) => ({ ...session, isThis: session.id === caller.session?.id })) }
      },
    }),
    endpoint({
      method: "DELETE",
      path: "/sessions/:id",
      access: "admin",
      summary: "End a session.",
      answer: done,
      async handle(_, { param, caller }) {
        await auth.endSession(param("id"), caller.actor)
        return ok
      },
    }),
  ]
}
