import type { Database } from "bun:sqlite"
import { waiting } from "./waiting.ts"

export type AddressRow = { id: number; mailbox: number; did: string }

/**
 * The address that a name leads to, by itself or as an alias: a name leads to one mailbox only. (Every deposit asks;
 * a UNION of the two costs SQLite six times as much.)
 */
export const namedAddress = (db: Database) =>
  db.query<AddressRow, [lane: number, name: string]>(
    `SELECT id, mailbox, did FROM address WHERE id = coalesce(
       (SELECT id FROM address WHERE lane = ?1 AND did = ?2 AND released = 0),
       (SELECT address FROM alias WHERE lane = ?1 AND name = ?2))`,
  )

export function addressActs(db: Database) {
  const named = namedAddress(db)
  const isAnothers = db.query<{ 1: number }, [string, number]>(
    "SELECT 1 FROM registration WHERE did = ?1 AND state IN ('approved', 'suspended') AND id <> ?2",
  )
  const count = db.query<{ total: number }, [number, number]>(
    "SELECT count(*) AS total FROM address WHERE mailbox = ?1 AND lane = ?2 AND released = 0",
  )
  const insert = db.query<{ id: number }, [number, number, string]>(
    "INSERT INTO address (mailbox, lane, did) VALUES (?1, ?2, ?3) RETURNING id",
  )
  const alias = db.query<null, [number, string, number]>(
    "INSERT OR IGNORE INTO alias (lane, name, address) VALUES (?1, ?2, ?3)",
  )
  const release = releasing(db)

  type Binding = { mailbox: number; lane: number; did: string; aliases: readonly string[]; maxAddresses: number }

  function nameToo(address: number, { mailbox, lane, aliases }: Binding): void {
    for (const name of aliases) {
      if (isAnothers.get(name, mailbox) || named.get(lane, name)) continue
      alias.run(lane, name, address)
    }
  }

  return {
    bind(given: Binding): "bound" | "already" | "taken" | "full" {
      const { mailbox, lane, did } = given
      const holder = named.get(lane, did)
      if ((holder && holder.mailbox !== mailbox) || isAnothers.get(did, mailbox)) return "taken"
      if (holder?.did === did) {
        nameToo(holder.id, given)
        return "already"
      }
      if ((count.get(mailbox, lane)?.total ?? 0) >= given.maxAddresses) return "full"
      const address = insert.get(mailbox, lane, did)
      if (address) nameToo(address.id, given)
      return "bound"
    },

    unbind({ mailbox, lane, did }: { mailbox: number; lane: number; did: string }): "unbound" | "absent" {
      const holder = named.get(lane, did)
      if (holder?.did !== did || holder.mailbox !== mailbox) return "absent"
      release(holder)
      return "unbound"
    },
  }
}

/** Frees an address and its aliases; its row stays as long as messages wait that were deposited for it. */
export function releasing(db: Database): (address: { id: number; mailbox: number }) => void {
  const forgetAliases = db.query<null, [number]>("DELETE FROM alias WHERE address = ?1")
  const waits = db.query<{ 1: number }, [number, number]>(waiting("1", "mailbox = ?1 AND address = ?2"))
  const forget = db.query<null, [number]>("DELETE FROM address WHERE id = ?1")
  const keepName = db.query<null, [number]>("UPDATE address SET released = 1 WHERE id = ?1")

  return ({ id, mailbox }) => {
    forgetAliases.run(id)
    if (waits.get(mailbox, id)) keepName.run(id)
    else forget.run(id)
  }
}
