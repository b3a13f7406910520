/** One account per mailbox of what it and its owner's archive hold: claimed and given back in the act that changes it. */

import type { Database } from "bun:sqlite"
import type { Quota } from "../../mailbox/model.ts"
import { waiting } from "./waiting.ts"

export type Sized = { readonly size: number }

export const total = (sized: readonly Sized[]): number => sized.reduce((sum, { size }) => sum + size, 0)

/** Bytes of the database, and those of them that hold nothing at present. */
export function paging(db: Database): () => { total: number; free: number } {
  const all = db.query<{ page_count: number }, []>("PRAGMA page_count")
  const unused = db.query<{ freelist_count: number }, []>("PRAGMA freelist_count")
  const size = db.query<{ page_size: number }, []>("PRAGMA page_size").get()?.page_size ?? 0
  return () => ({
    total: (all.get()?.page_count ?? 0) * size,
    free: (unused.get()?.freelist_count ?? 0) * size,
  })
}

export function rooms(db: Database) {
  // What shrinks is always allowed, also when the quota was lowered meanwhile.
  const take = db.query<null, [number, number, number, number, number]>(
    `UPDATE mailbox SET messages = messages + ?2, bytes = bytes + ?3 WHERE id = ?1 AND open = 1
     AND (?2 <= 0 OR messages + ?2 <= coalesce(max_messages, ?4))
     AND (?3 <= 0 OR bytes + ?3 <= coalesce(max_bytes, ?5))`,
  )
  const give = db.query<null, [number, number, number]>(
    "UPDATE mailbox SET messages = messages - ?2, bytes = bytes - ?3 WHERE id = ?1",
  )
  const open = db.query<{ 1: number }, [number]>("SELECT 1 FROM mailbox WHERE id = ?1 AND open = 1")
  const pages = paging(db)
  const dropMessages = db.query<Sized, [number, number]>(
    `DELETE FROM message WHERE seq IN (${waiting("seq", "mailbox = ?1 AND expires_at <= ?2")}) RETURNING size`,
  )
  const dropContracts = db.query<Sized, [number, number]>(
    "DELETE FROM contract WHERE mailbox = ?1 AND expires_at <= ?2 RETURNING size",
  )

  const giveBack = (mailbox: number, dropped: readonly Sized[]): void => {
    if (dropped.length > 0) give.run(mailbox, dropped.length, total(dropped))
  }

  function isStoreFull({ storeBytes = 0 }: Quota): boolean {
    if (storeBytes === 0) return false
    const { total, free } = pages()
    return total - free >= storeBytes
  }

  return {
    giveBack,

    /** Whether its owner is approved. */
    isOpen: (mailbox: number): boolean => open.get(mailbox) !== null,

    /**
     * Claims room in an open mailbox within the quota, or what was set for the mailbox instead; when there is none, once more after
     * whatever had expired at the horizon is gone.
     */
    claim(mailbox: number, wanted: { items: number; bytes: number }, quota: Quota, horizon: number): boolean {
      if ((wanted.items > 0 || wanted.bytes > 0) && isStoreFull(quota)) return false
      const claimed = () => take.run(mailbox, wanted.items, wanted.bytes, quota.messages, quota.bytes).changes > 0
      if (claimed()) return true
      giveBack(mailbox, [...dropMessages.all(mailbox, horizon), ...dropContracts.all(mailbox, horizon)])
      return claimed()
    },
  }
}
