import type { Database } from "bun:sqlite"
import { parseObject } from "../../base/json.ts"
import type { AuditEntry } from "../../mailbox/model.ts"
import type { Notice, NoticeStore, Target } from "../../mailbox/notice-ports.ts"
import type { StoreActs } from "./acts.ts"
import { auditing } from "./audit.ts"
import { type Moments, momentOf } from "./horizon.ts"
import { STEPS } from "./message-id.ts"
import { reading } from "./pages.ts"
import { waiting } from "./waiting.ts"
import type { Runner } from "./writer.ts"

type Row = {
  mailbox: number
  did: string
  kind: Target["kind"]
  url: string
  secrets: string
  set_by: Notice["setBy"]
  set_at: number
  told_at: number | null
  failed_at: number | null
  failure: string | null
}

const noticeOf = (row: Row): Notice => ({
  mailbox: row.mailbox,
  did: row.did,
  // Only this file writes the column, from a target of this kind.
  target: { kind: row.kind, url: row.url, ...parseObject(row.secrets) } as Target,
  setBy: row.set_by,
  setAt: row.set_at,
  toldAt: row.told_at,
  failure: row.failed_at === null ? null : { at: row.failed_at, reason: row.failure ?? "" },
})

type Setting = Parameters<NoticeStore["setNotice"]>[0] & { now: number }
type Dropping = { mailbox: number; url?: string; audit: AuditEntry | null; now: number }
type Outcome = Parameters<NoticeStore["noteNotice"]>[0]

export function noticeActs(db: Database) {
  const note = auditing(db)
  const owner = db.query<{ id: number }, [number]>("SELECT id FROM registration WHERE id = ?1 AND own = 0")
  const save = db.query<null, [number, string, string, string, string, number]>(
    `INSERT INTO notice (mailbox, kind, url, secrets, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT DO UPDATE SET kind = excluded.kind, url = excluded.url, secrets = excluded.secrets,
       set_by = excluded.set_by, set_at = excluded.set_at, told_at = NULL, failed_at = NULL, failure = NULL`,
  )
  const drop = db.query<{ kind: string }, [number, string | null]>(
    "DELETE FROM notice WHERE mailbox = ?1 AND (?2 IS NULL OR url = ?2) RETURNING kind",
  )
  const worked = db.query<null, [number, string, number]>(
    "UPDATE notice SET told_at = ?3, failed_at = NULL, failure = NULL WHERE mailbox = ?1 AND url = ?2",
  )
  const failed = db.query<null, [number, string, number, string]>(
    "UPDATE notice SET failed_at = ?3, failure = ?4 WHERE mailbox = ?1 AND url = ?2",
  )
  const mint = db.query<null, [string]>("INSERT INTO push_key (one, jwk) VALUES (1, ?1) ON CONFLICT DO NOTHING")
  const minted = db.query<{ jwk: string }, []>("SELECT jwk FROM push_key WHERE one = 1")

  return {
    setNotice({ mailbox, target, setBy, at, audit, now }: Setting): boolean {
      if (owner.get(mailbox) === null) return false
      const { kind, url, ...secrets } = target
      save.run(mailbox, kind, url, JSON.stringify(secrets), setBy, at)
      if (audit) note(audit, now, kind)
      return true
    },

    dropNotice({ mailbox, url, audit, now }: Dropping): boolean {
      const dropped = drop.get(mailbox, url ?? null)
      if (dropped === null) return false
      if (audit) note(audit, now, dropped.kind)
      return true
    },

    noteNotice({ mailbox, url, at, reason }: Outcome): void {
      if (reason === null) worked.run(mailbox, url, at)
      else failed.run(mailbox, url, at, reason)
    },

    pushKey(fresh: string): string {
      mint.run(fresh)
      return minted.get()?.jwk ?? fresh
    },
  }
}

export function noticeReads(
  db: Database,
  { horizon }: Pick<Moments, "horizon">,
): Pick<NoticeStore, "notice" | "noticed"> {
  const one = db.query<Row, [number]>(
    "SELECT n.*, r.did FROM notice n JOIN registration r ON r.id = n.mailbox WHERE n.mailbox = ?1",
  )
  // There are both lanes, and a range of each: when a message came is what its seq begins with.
  const all = db.query<{ mailbox: number; owed: number }, [number]>(
    `SELECT mailbox, EXISTS (${waiting(
      "1",
      `mailbox = n.mailbox AND lane IN (1, 2) AND expires_at > ?1
       AND seq >= (coalesce(n.told_at, n.set_at) + 1) * ${STEPS}`,
    )}) AS owed
     FROM notice n`,
  )
  return {
    notice: reading((mailbox) => {
      const row = one.get(mailbox)
      return row && noticeOf(row)
    }),
    noticed: reading(() => all.all(horizon()).map(({ mailbox, owed }) => ({ mailbox, isOwed: owed === 1 }))),
  }
}

export function noticeWrites(
  writer: Runner<StoreActs>,
  moments: Moments,
): Omit<NoticeStore, keyof ReturnType<typeof noticeReads>> {
  const dated = <Given extends object>(given: Given) => ({ ...given, now: momentOf(moments).now })
  return {
    setNotice: (given) => writer.run("setNotice", dated(given)),
    dropNotice: (given) => writer.run("dropNotice", dated(given)),
    noteNotice: (given) => writer.run("noteNotice", given),
    pushKey: (fresh) => writer.run("pushKey", fresh),
  }
}
