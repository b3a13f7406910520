import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { AuditEntry } from "../../mailbox/model.ts"
import type { Admin, AdminStore, Token } from "../../mailbox/operator-ports.ts"
import type { StoreActs } from "./acts.ts"
import { auditing } from "./audit.ts"
import { reading } from "./pages.ts"
import type { Runner } from "./writer.ts"

type AdminRow = {
  name: string
  password_hash: string
  totp_secret: string | null
  recovery_hashes: string
  created_at: number
}
type TokenRow = {
  id: string
  name: string
  hash: string
  scopes: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

// Only this file writes the two columns that are JSON.
const list = (column: string): string[] => JSON.parse(column) as string[]

const adminOf = (row: AdminRow): Admin => ({
  name: row.name,
  passwordHash: row.password_hash,
  totpSecret: row.totp_secret,
  recoveryHashes: list(row.recovery_hashes),
  createdAt: row.created_at,
})

const tokenOf = (row: TokenRow): Token => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  scopes: list(row.scopes),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
})

export function adminActs(db: Database) {
  const note = auditing(db)
  const anyone = db.query<{ 1: number }, []>("SELECT 1 FROM admin LIMIT 1")
  const saveAdmin = db.query<null, [string, string, string | null, string, number]>(
    `INSERT INTO admin (name, password_hash, totp_secret, recovery_hashes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET password_hash = excluded.password_hash, totp_secret = excluded.totp_secret,
       recovery_hashes = excluded.recovery_hashes, created_at = excluded.created_at`,
  )
  const removeAdmin = db.query<null, [string]>("DELETE FROM admin WHERE name = ?1")
  const saveToken = db.query<null, [string, string, string, string, number, number | null, number | null]>(
    `INSERT INTO token (id, name, hash, scopes, created_at, expires_at, last_used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT DO UPDATE SET name = excluded.name, hash = excluded.hash, scopes = excluded.scopes,
       created_at = excluded.created_at, expires_at = excluded.expires_at, last_used_at = excluded.last_used_at`,
  )
  const removeToken = db.query<null, [string]>("DELETE FROM token WHERE id = ?1")
  const useToken = db.query<null, [string, number]>(
    "UPDATE token SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1",
  )
  const keep = db.query<null, [string, string, string, number]>(
    `INSERT INTO desk (kind, key, value, until) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT DO UPDATE SET value = excluded.value, until = excluded.until`,
  )
  const drop = db.query<null, [string, string]>("DELETE FROM desk WHERE kind = ?1 AND key = ?2")

  type Change = { audit: AuditEntry; now: number }
  function noted(changes: number, { audit, now }: Change): boolean {
    if (changes > 0) note(audit, now)
    return changes > 0
  }

  return {
    saveAdmin(given: Change & { admin: Admin; first: boolean }): boolean {
      if (given.first && anyone.get() !== null) return false
      const { name, passwordHash, totpSecret, recoveryHashes, createdAt } = given.admin
      return noted(
        saveAdmin.run(name, passwordHash, totpSecret, JSON.stringify(recoveryHashes), createdAt).changes,
        given,
      )
    },
    removeAdmin: (given: Change & { name: string }): boolean => noted(removeAdmin.run(given.name).changes, given),
    saveToken(given: Change & { token: Token }): void {
      const { id, name, hash, scopes, createdAt, expiresAt, lastUsedAt } = given.token
      noted(saveToken.run(id, name, hash, JSON.stringify(scopes), createdAt, expiresAt, lastUsedAt).changes, given)
    },
    removeToken: (given: Change & { id: string }): boolean => noted(removeToken.run(given.id).changes, given),
    tokenUsed: ({ id, at }: { id: string; at: number }): void => void useToken.run(id, at),
    keep: (given: { kind: string; key: string; value: string; until: number }): void =>
      void keep.run(given.kind, given.key, given.value, given.until),
    drop: ({ kind, key }: { kind: string; key: string }): void => void drop.run(kind, key),
  }
}

export function adminReads(db: Database, clock: Clock): Pick<AdminStore, "admins" | "tokens" | "kept" | "keptAll"> {
  const admins = db.query<AdminRow, []>("SELECT * FROM admin ORDER BY created_at, name")
  const tokens = db.query<TokenRow, []>("SELECT * FROM token ORDER BY created_at, id")
  const one = db.query<{ value: string }, [string, string, number]>(
    "SELECT value FROM desk WHERE kind = ?1 AND key = ?2 AND until > ?3",
  )
  const all = db.query<{ key: string; value: string; until: number }, [string, number]>(
    "SELECT key, value, until FROM desk WHERE kind = ?1 AND until > ?2 ORDER BY key",
  )
  return {
    admins: reading(() => admins.all().map(adminOf)),
    tokens: reading(() => tokens.all().map(tokenOf)),
    kept: reading((kind, key) => one.get(kind, key, clock.now())?.value ?? null),
    keptAll: reading((kind) => all.all(kind, clock.now())),
  }
}

export function adminWrites(
  writer: Runner<StoreActs>,
  clock: Clock,
): Omit<AdminStore, keyof ReturnType<typeof adminReads>> {
  const dated = <Given extends object>(given: Given) => ({ ...given, now: clock.now() })
  return {
    saveAdmin: (given) => writer.run("saveAdmin", dated(given)),
    removeAdmin: (given) => writer.run("removeAdmin", dated(given)),
    saveToken: (given) => writer.run("saveToken", dated(given)),
    removeToken: (given) => writer.run("removeToken", dated(given)),
    tokenUsed: (given) => writer.run("tokenUsed", given),
    keep: (given) => writer.run("keep", given),
    drop: (kind, key) => writer.run("drop", { kind, key }),
  }
}
