import * as v from "valibot"
import { scopes } from "../api-tokens.ts"
import type { Auth } from "../auth.ts"
import { endpoint, sessionOf } from "../endpoint.ts"
import { done, maybeMoment, moment, named, ok } from "../shapes.ts"

const LONGEST_MS = 36_500 * 86_400_000
const password = v.pipe(v.string(), v.minLength(12), v.maxLength(256))
export const admin = v.object({ name: v.string(), hasSecondFactor: v.boolean(), createdAt: moment })

export const token = v.object({
  id: v.string(),
  name: v.string(),
  scopes: v.array(v.string()),
  createdAt: moment,
  expiresAt: maybeMoment,
  lastUsedAt: maybeMoment,
})

export const adminEndpoints = ({ admins, tokens }: Auth) => [
  endpoint({
    method: "GET",
    path: "/admins",
    access: "admin",
    summary: "Who may sign in.",
    answer: v.object({ admins: v.array(admin) }),
    handle: async () => ({
      admins: (await admins.list()).map((one) => ({ ...one, hasSecondFactor: one.totpSecret !== null })),
    }),
  }),
  endpoint({
    method: "POST",
    path: "/admins",
    access: "session",
    isDangerous: true,
    summary: "Let somebody else sign in.",
    body: v.strictObject({ name: named, password }),
    answer: done,
    async handle({ body }, { caller }) {
      await admins.create({ ...body, first: false }, caller.actor)
      return ok
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/admins/:name",
    access: "session",
    isDangerous: true,
    summary: "Let somebody sign in no more, and end their sessions.",
    answer: done,
    async handle(_, { param, caller }) {
      await admins.remove(param("name"), caller.actor)
      return ok
    },
  }),
  endpoint({
    method: "POST",
    path: "/password",
    access: "session",
    isDangerous: true,
    summary: "Change one's own password, which ends one's other sessions.",
    body: v.strictObject({ password }),
    answer: done,
    async handle({ body }, visit) {
      const { admin, id } = sessionOf(visit)
      await admins.setPassword({ name: admin, password: body.password }, visit.caller.actor, id)
      return ok
    },
  }),
  endpoint({
    method: "GET",
    path: "/tokens",
    access: "admin",
    summary: "API tokens, without their secrets.",
    answer: v.object({ tokens: v.array(token) }),
    handle: async () => ({ tokens: await tokens.list() }),
  }),
  endpoint({
    method: "POST",
    path: "/tokens",
    access: "session",
    isDangerous: true,
    summary: "Make an API token; its secret is shown this once.",
    body: v.strictObject({
      name: named,
      scopes: v.pipe(v.array(v.picklist(scopes)), v.minLength(1), v.maxLength(scopes.length)),
      /** Milliseconds, null for never. */
      expiresIn: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(LONGEST_MS))),
    }),
    answer: v.object({ secret: v.string(), token }),
    async handle({ body }, { caller }) {
      return tokens.create({ ...body, scopes: [...new Set(body.scopes)] }, caller.actor)
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/tokens/:id",
    access: "admin",
    isDangerous: true,
    summary: "Revoke an API token.",
    answer: done,
    async handle(_, { param, caller }) {
      await tokens.revoke(param("id"), caller.actor)
      return ok
    },
  }),
]
