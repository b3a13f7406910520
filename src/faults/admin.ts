import type { Row } from "./row.ts"

/** Failures of the admin API. */
const common = { problem: "e.p.msg", decentrl: "INVALID_COMMAND", tell: "nobody" } as const

export const adminFaults = {
  "admin.unauthenticated": { ...common, http: 401, say: "Sign in, or send an API token." },
  "admin.credentials": { ...common, http: 401, say: "The name, the password or the code is wrong." },
  "admin.code_needed": {
    ...common,
    http: 401,
    say: "A code of the authenticator app, or a recovery code, is needed too.",
  },
  "admin.slow": { ...common, http: 429, retry: 1, say: "There were too many attempts; wait before the next one." },
  "admin.scope": { ...common, http: 403, say: "This API token may not do that: it lacks the scope {1}." },
  "admin.session_only": { ...common, http: 403, say: "Only somebody who signed in may do that, not an API token." },
  "admin.csrf": { ...common, http: 403, say: "The request does not come from the admin pages." },
  "admin.confirm": { ...common, http: 403, say: "Confirm with your password first." },
  "admin.invalid": { ...common, http: 400, say: "{1}: {2}" },
  "admin.media_type": { ...common, http: 415, say: "Send application/json, without a content encoding." },
  "admin.too_large": { ...common, http: 413, say: "The request is larger than the admin API accepts." },
  "admin.setup_code": { ...common, http: 403, say: "The setup code is wrong, was used, or has expired." },
  "admin.exists": { ...common, http: 409, exit: 73, say: "There is already an admin {1}." },
  "admin.unknown": { ...common, http: 404, exit: 1, say: "There is no admin {1}." },
  "admin.last": { ...common, http: 409, say: "The last admin cannot be removed." },
  "admin.totp": { ...common, http: 409, say: "Begin again with setting up the authenticator app." },
  "admin.gone": { ...common, http: 404, exit: 1, say: "There is no such session or token." },
  "admin.password": { ...common, http: 400, exit: 65, say: "A password must have from 12 to 256 characters." },
  "admin.streams": { ...common, http: 503, retry: 10, say: "Too many pages are open at the same time." },
} as const satisfies Record<string, Row>
