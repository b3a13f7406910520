import * as v from "valibot"
import type { Auth } from "../auth.ts"
import { endpoint, sessionOf } from "../endpoint.ts"
import { done, ok } from "../shapes.ts"

export const secondFactorEndpoints = (auth: Auth) => [
  endpoint({
    method: "POST",
    path: "/totp",
    access: "session",
    isDangerous: true,
    summary: "A secret for an authenticator app; it counts once a code of it was confirmed.",
    answer: v.object({ secret: v.string(), uri: v.string() }),
    handle: async (_, visit) => auth.enrol(sessionOf(visit).admin),
  }),
  endpoint({
    method: "POST",
    path: "/totp/confirm",
    access: "session",
    isDangerous: true,
    summary: "From now on signing in takes a code; the recovery codes are shown this once.",
    body: v.strictObject({ code: v.pipe(v.string(), v.maxLength(64)) }),
    answer: v.object({ recoveryCodes: v.array(v.string()) }),
    async handle({ body }, visit) {
      const { admin } = sessionOf(visit)
      return { recoveryCodes: await auth.confirmEnrolment(admin, body.code, visit.caller.actor) }
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/totp",
    access: "session",
    isDangerous: true,
    summary: "Signing in takes no code any more.",
    answer: done,
    async handle(_, visit) {
      await auth.withdraw(sessionOf(visit).admin, visit.caller.actor)
      return ok
    },
  }),
]
