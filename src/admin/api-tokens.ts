import type { Clock } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { AdminStore, Token } from "../mailbox/operator-ports.ts"
import { auditActor } from "./actor.ts"
import { hashOf, newSecret } from "./secrets.ts"

/** What a token may be allowed to do; `admin` is everything. */
export const scopes = ["read", "registrations", "invites", "mailboxes", "admin"] as const
export type Scope = (typeof scopes)[number]

const PREFIX = "rst_"
const NOTED_EVERY_MS = 60_000

export type ApiTokens = ReturnType<typeof createApiTokens>

/** Secrets for programs: shown once, kept as hashes. */
export function createApiTokens(store: AdminStore, { clock, random }: { clock: Clock; random: Random }) {
  return {
    list: () => store.tokens(),

    /** `expiresIn`: ms, null for never. The secret is in the answer and nowhere else. */
    async create(
      { name, scopes, expiresIn }: { name: string; scopes: readonly Scope[]; expiresIn: number | null },
      by: Actor,
    ): Promise<{ secret: string; token: Token }> {
      const secret = `${PREFIX}${newSecret(random)}`
      const createdAt = clock.now()
      const expiresAt = expiresIn === null ? null : createdAt + expiresIn
      const token = { id: random.id(), name, hash: hashOf(secret), scopes, createdAt, expiresAt, lastUsedAt: null }
      const detail = `${name}: ${scopes.join(", ")}`
      const audit = { actor: auditActor(by), action: "token.create", subject: token.id, detail }
      await store.saveToken({ token, audit })
      return { secret, token }
    },

    /** Fault admin.gone. */
    async revoke(id: string, by: Actor): Promise<void> {
      const audit = { actor: auditActor(by), action: "token.revoke", subject: id }
      if (!(await store.removeToken({ id, audit }))) throw new Fault("admin.gone")
    },

    /** The token of a secret, or null when it is none, or has expired. */
    async find(secret: string): Promise<Token | null> {
      if (!secret.startsWith(PREFIX)) return null
      const hash = hashOf(secret)
      const token = (await store.tokens()).find((one) => one.hash === hash)
      return token && (token.expiresAt === null || clock.now() < token.expiresAt) ? token : null
    },

    async used({ id, lastUsedAt }: Token): Promise<void> {
      const at = clock.now()
      if (at - (lastUsedAt ?? 0) >= NOTED_EVERY_MS) await store.tokenUsed({ id, at })
    },
  }
}
