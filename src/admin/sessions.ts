import type { Clock } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { AdminStore } from "../mailbox/operator-ports.ts"
import { hashOf, newSecret } from "./secrets.ts"

/** Who confirmed the password within this time may do what is dangerous. */
const FRESH_MS = 300_000
/** Uses are noted no more often than this share of the idle time. */
const COARSE = 30
const MOST_PER_ADMIN = 20
const AGENT_LENGTH = 200

type Kept = { readonly admin: string; readonly createdAt: number; readonly address: string; readonly agent: string }

export type Session = Kept & {
  /** Names it in lists; tells nothing about its secret. */
  readonly id: string
  readonly usedAt: number
  readonly freshAt: number
  /** When it ends whatever happens. */
  readonly endsAt: number
}

export type Sessions = ReturnType<typeof createSessions>

/**
 * Sessions that outlive a restart: kept by the hash of their secret. What changes while one is used has rows of its own,
 * so that noting a use can never bring back a session that somebody closes at that moment.
 */
export function createSessions(
  store: AdminStore,
  { clock, random, idle, absolute }: { clock: Clock; random: Random; idle: number; absolute: number },
) {
  const momentOf = async (kind: string, key: string) => Number((await store.kept(kind, key)) ?? 0)

  async function read(key: string, value: string): Promise<Session | null> {
    // Only `open` writes this.
    const kept = JSON.parse(value) as Kept
    const usedAt = Math.max(kept.createdAt, await momentOf("session-used", key))
    const freshAt = Math.max(kept.createdAt, await momentOf("session-fresh", key))
    const endsAt = kept.createdAt + absolute
    const now = clock.now()
    return now < endsAt && now < usedAt + idle ? { ...kept, id: key, usedAt, freshAt, endsAt } : null
  }

  async function list(): Promise<Session[]> {
    const all = await Promise.all((await store.keptAll("session")).map(({ key, value }) => read(key, value)))
    return all.filter((session) => session !== null).sort((a, b) => b.usedAt - a.usedAt)
  }

  /** Fault admin.gone. */
  async function close(id: string): Promise<void> {
    if ((await store.kept("session", id)) === null) throw new Fault("admin.gone")
    await store.drop("session", id)
    await Promise.all([store.drop("session-used", id), store.drop("session-fresh", id)])
  }

  /** Ends every session of an admin, but not the one that is named. */
  async function closeAll(admin: string, except: string | null = null): Promise<void> {
    const others = (await list()).filter((session) => session.admin === admin && session.id !== except)
    await Promise.all(others.map(({ id }) => close(id)))
  }

  const note = (kind: string, { id, endsAt }: Session) =>
    store.keep({ kind, key: id, value: String(clock.now()), until: endsAt })

  return {
    list,
    close,
    closeAll,
    /** A new session's secret, for the cookie only. */
    async open(given: { admin: string; address: string; agent: string }): Promise<string> {
      const own = (await list()).filter(({ admin }) => admin === given.admin)
      await Promise.all(own.slice(MOST_PER_ADMIN - 1).map(({ id }) => close(id)))
      const secret = newSecret(random)
      const createdAt = clock.now()
      const value: Kept = { ...given, agent: given.agent.slice(0, AGENT_LENGTH), createdAt }
      const until = createdAt + absolute
      await store.keep({ kind: "session", key: hashOf(secret), value: JSON.stringify(value), until })
      return secret
    },
    /** The session of a secret, or null when there is none any more. Does not count as a use. */
    async find(secret: string): Promise<Session | null> {
      const key = hashOf(secret)
      const value = await store.kept("session", key)
      return value === null ? null : read(key, value)
    },
    async used(session: Session): Promise<void> {
      if (clock.now() - session.usedAt >= idle / COARSE) await note("session-used", session)
    },
    confirmed: (session: Session): Promise<void> => note("session-fresh", session),
    isFresh: ({ freshAt }: Session): boolean => clock.now() < freshAt + FRESH_MS,
  }
}

/** What the admin pages send along with every change: follows from the session's secret, and does not give it away. */
export const csrfToken = (secret: string): string => hashOf(`csrf ${secret}`)
