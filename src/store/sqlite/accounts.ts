import type { Database } from "bun:sqlite"
import type { AuditEntry } from "../../mailbox/model.ts"
import type { AccountStore, Erasure, Overrides } from "../../mailbox/operator-ports.ts"
import { type AccountRow, accountByDid, accountOf, type accountReads } from "./account-reads.ts"
import type { activityReads, activityWrites } from "./activity.ts"
import type { StoreActs } from "./acts.ts"
import { releasing } from "./addresses.ts"
import { auditing } from "./audit.ts"
import { erasing } from "./erasure.ts"
import type { holdingReads } from "./holdings.ts"
import { type Moment, type Moments, momentOf } from "./horizon.ts"
import type { queueReads } from "./queues.ts"
import { wordsOf } from "./registrations.ts"
import type { Runner } from "./writer.ts"

type Description = {
  readonly did: string
  readonly label?: string
  readonly note?: string
  readonly overrides?: Partial<Overrides>
  readonly audit: AuditEntry
}

type Idle = Parameters<AccountStore["prune"]>[0]

export function accountActs(db: Database) {
  const find = accountByDid(db)
  const describe = db.query<null, [number, string, string, string]>(
    "UPDATE registration SET label = ?2, note = ?3, words = ?4 WHERE id = ?1",
  )
  const override = db.query<null, [number, number | null, number | null]>(
    "UPDATE mailbox SET max_messages = ?2, max_bytes = ?3 WHERE id = ?1",
  )
  const see = db.query<null, [number, number, number | null]>(
    `UPDATE mailbox SET seen_at = max(coalesce(seen_at, 0), ?2), idle_since = max(idle_since, ?2), prune_at = NULL,
       generation = coalesce(?3, generation)
     WHERE id = ?1`,
  )
  const takeBack = db.query<null, [number]>(
    "UPDATE mailbox SET prune_at = NULL WHERE prune_at IS NOT NULL AND (open = 0 OR idle_since > ?1)",
  )
  const warn = db.query<null, [number, number, number]>(
    `UPDATE mailbox SET prune_at = ?2 WHERE id IN (
       SELECT id FROM mailbox WHERE open = 1 AND idle_since <= ?1 AND prune_at IS NULL
       AND (SELECT own FROM registration WHERE id = mailbox.id) = 0 LIMIT ?3)`,
  )
  const due = db.query<{ id: number; did: string }, [number, number]>(
    `SELECT r.id, r.did FROM mailbox m JOIN registration r ON r.id = m.id
     WHERE m.prune_at <= ?1 AND m.open = 1 ORDER BY m.prune_at LIMIT ?2`,
  )
  const held = db.query<{ id: number; mailbox: number }, [number, string]>(
    "SELECT id, mailbox FROM address WHERE mailbox = ?1 AND released = 0 AND did = ?2",
  )
  const release = releasing(db)
  const note = auditing(db)
  const { erase, purge } = erasing(db)

  return {
    describe(given: Description & { now: number }): AccountRow | null {
      const known = find.get(given.did)
      if (known === null) return null
      const { label = known.label, note: remark = known.note, overrides = {}, audit, now } = given
      const { maxMessages = known.max_messages, maxBytes = known.max_bytes } = overrides
      describe.run(known.id, label, remark, wordsOf(known.did, label, remark))
      override.run(known.id, maxMessages, maxBytes)
      const changed = { ...known, label, note: remark, max_messages: maxMessages, max_bytes: maxBytes }
      note(audit, now, changesOf(known, changed))
      return changed
    },

    forget({ did, audit, now }: { did: string; audit: AuditEntry; now: number }): Erasure | null {
      const known = find.get(did)
      if (known === null) return null
      const taken = erase(known)
      note(audit, now, `${known.state}, ${said(taken)}`)
      return taken
    },

    purge(given: { did: string; before: number | null; audit: AuditEntry; now: number }): Erasure | null {
      const known = find.get(given.did)
      if (known === null) return null
      const taken = purge(known.id, given.before)
      note(given.audit, given.now, said(taken))
      return taken
    },

    release({ did, address, audit, now }: { did: string; address: string; audit: AuditEntry; now: number }) {
      const known = find.get(did)
      if (known === null) return null
      const taken = held.all(known.id, address)
      for (const one of taken) release(one)
      if (taken.length > 0) note(audit, now)
      return taken.length
    },

    seen(given: Parameters<AccountStore["seen"]>[0]): void {
      for (const { mailbox, at, generation = null } of given) see.run(mailbox, at, generation)
    },

    prune({ idleFor, warning, limit, audit, now, horizon }: Idle & Moment): string[] {
      const quiet = idleFor === 0 ? Number.MIN_SAFE_INTEGER : horizon - idleFor + warning
      takeBack.run(quiet)
      if (idleFor === 0) return []
      warn.run(quiet, horizon + warning, limit)
      return due.all(horizon, limit).map((owner) => {
        const taken = erase(owner)
        note({ ...audit, subject: owner.did }, now, said(taken))
        return owner.did
      })
    },
  }
}

const described = { label: "label", note: "note", max_messages: "messages", max_bytes: "bytes" } as const

/** What was changed, before → after. */
const changesOf = (before: AccountRow, after: AccountRow): string =>
  (Object.keys(described) as (keyof typeof described)[])
    .filter((member) => before[member] !== after[member])
    .map((member) => `${described[member]} ${JSON.stringify(before[member])} → ${JSON.stringify(after[member])}`)
    .join("; ")

const said = (taken: Erasure): string =>
  Object.entries(taken)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what} ${count}`)
    .join(", ")

export function accountWrites(
  writer: Runner<StoreActs>,
  moments: Moments,
): Omit<
  AccountStore,
  | keyof (ReturnType<typeof accountReads> & ReturnType<typeof holdingReads> & ReturnType<typeof queueReads>)
  | keyof (ReturnType<typeof activityReads> & ReturnType<typeof activityWrites>)
> {
  const dated = <Given extends object>(given: Given) => ({ ...given, ...momentOf(moments) })
  return {
    async describe(change) {
      const row = await writer.run("describe", dated(change))
      return row && accountOf(row)
    },
    forget: (given) => writer.run("forget", dated(given)),
    purge: (given) => writer.run("purge", dated(given)),
    release: (given) => writer.run("release", dated(given)),
    seen: (given) => writer.run("seen", given),
    prune: (given) => writer.run("prune", dated(given)),
  }
}
