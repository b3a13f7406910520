import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { Admin, AdminStore, AuditStore } from "../mailbox/operator-ports.ts"
import { auditActor } from "./actor.ts"
import { createAdmins } from "./admins.ts"
import { createApiTokens } from "./api-tokens.ts"
import { createDelays } from "./delays.ts"
import { createPasswords } from "./passwords.ts"
import { createSecondFactor } from "./second-factor.ts"
import type { Session } from "./sessions.ts"
import { createSessions } from "./sessions.ts"
import { createSetup } from "./setup.ts"

const ENROLMENT_MS = 600_000

export type Auth = ReturnType<typeof createAuth>
export type AuthStore = AdminStore & Pick<AuditStore, "audit"> & Ledger

/** Who is at the desk: signing in and out, second factors, and what else proves somebody. */
export function createAuth(
  store: AuthStore,
  ports: { clock: Clock; random: Random; log: Log; idle: number; absolute: number },
) {
  const { clock, random, log } = ports
  const sessions = createSessions(store, ports)
  const passwords = createPasswords(random)
  const delays = createDelays(clock)
  const admins = createAdmins(store, { clock, passwords, sessions })
  const tokens = createApiTokens(store, ports)
  const factor = createSecondFactor(store, { clock, random })
  const setup = createSetup(store, { admins, delays, clock, random })

  /** Whether `typed` is a code of the admin's app, or one of the recovery codes, which is then used up. */
  async function isSecondFactor(admin: Admin, typed: string, by: Actor): Promise<boolean> {
    const secret = admin.totpSecret
    if (secret === null || (await factor.isCode(admin.name, secret, typed))) return true
    const used = await factor.recovery(admin, typed)
    if (used === null) return false
    const without = (now: Admin) => ({ ...now, recoveryHashes: now.recoveryHashes.filter((hash) => hash !== used) })
    await admins.change(admin.name, "recovery_code", by, without)
    return true
  }

  /** The new session's secret. Faults: admin.slow, admin.credentials, admin.code_needed. */
  async function signIn(
    { name, password, code }: { name: string; password: string; code: string | null },
    { address, agent }: { address: string; agent: string },
  ): Promise<string> {
    const attempt = { address, account: name }
    delays.attempt(attempt)
    const by = { name, address }
    const admin = await admins.find(name)
    const refused = (why: string, fault: Fault) => {
      log.warn("admin.refused", { why, address })
      return fault
    }
    if (!(await passwords.matches(password, admin?.passwordHash ?? null)) || !admin) {
      throw refused("password", new Fault("admin.credentials"))
    }
    if (admin.totpSecret !== null && code === null) {
      delays.takeBack(attempt)
      throw new Fault("admin.code_needed")
    }
    if (!(await isSecondFactor(admin, code ?? "", by))) throw refused("code", new Fault("admin.credentials"))
    delays.succeeded(attempt)
    await store.audit({ actor: auditActor(by), action: "admin.sign_in", subject: name })
    return sessions.open({ admin: name, address, agent })
  }

  /** The password once more, for what is dangerous. Faults: admin.slow, admin.credentials. */
  async function confirm(session: Session, password: string, address: string): Promise<void> {
    const attempt = { address, account: session.admin }
    delays.attempt(attempt)
    const admin = await admins.find(session.admin)
    if (!(await passwords.matches(password, admin?.passwordHash ?? null))) throw new Fault("admin.credentials")
    delays.succeeded(attempt)
    await sessions.confirmed(session)
  }

  /** Somebody's session, by who may do that. Fault admin.gone. */
  async function endSession(id: string, by: Actor): Promise<void> {
    const ended = (await sessions.list()).find((session) => session.id === id)
    await sessions.close(id)
    await store.audit({ actor: auditActor(by), action: "admin.session_end", subject: ended?.admin ?? "?" })
  }

  /** A secret for an authenticator app, which counts once a code of it was shown. */
  async function enrol(name: string): Promise<{ secret: string; uri: string }> {
    const made = factor.newSecret(name)
    await store.keep({ kind: "totp", key: name, value: made.secret, until: clock.now() + ENROLMENT_MS })
    return made
  }

  /** The recovery codes, shown this once. Faults: admin.totp, admin.credentials, admin.slow. */
  async function confirmEnrolment(name: string, code: string, by: Actor): Promise<readonly string[]> {
    const attempt = { address: by.address ?? "", account: name }
    delays.attempt(attempt)
    const totpSecret = await store.kept("totp", name)
    if (totpSecret === null) throw new Fault("admin.totp")
    if (!(await factor.isCode(name, totpSecret, code))) throw new Fault("admin.credentials")
    delays.succeeded(attempt)
    const { codes, hashes } = factor.newRecoveryCodes(name)
    await admins.change(name, "totp_on", by, (admin) => ({ ...admin, totpSecret, recoveryHashes: hashes }))
    await store.drop("totp", name)
    return codes
  }

  const withdraw = (name: string, by: Actor): Promise<void> =>
    admins.change(name, "totp_off", by, (admin) => ({ ...admin, totpSecret: null, recoveryHashes: [] }))

  return { sessions, admins, tokens, setup, signIn, confirm, endSession, enrol, confirmEnrolment, withdraw }
}
