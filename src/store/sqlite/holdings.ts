import type { Database } from "bun:sqlite"
import type { AccountStore, Holdings } from "../../mailbox/operator-ports.ts"
import { accountByDid } from "./account-reads.ts"
import { lanesOf } from "./codes.ts"
import { pairOf } from "./contracts.ts"
import { reading } from "./pages.ts"

const MOST = 200

type Address = { did: string; lane: number }
type Contract = { id: string; one: string; other: string; created_at: number; expires_at: number }

/** Names and dates of what is a registration's. */
export function holdingReads(db: Database): Pick<AccountStore, "holdings"> {
  const find = accountByDid(db)
  const addresses = db.query<Address, [number, number]>(
    "SELECT did, lane FROM address WHERE mailbox = ?1 AND released = 0 ORDER BY id DESC LIMIT ?2",
  )
  const columns = "SELECT id, one, other, created_at, expires_at FROM contract"
  const kept = db.query<Contract, [number, number]>(`${columns} WHERE mailbox = ?1 ORDER BY seq DESC LIMIT ?2`)
  const withUs = db.query<Contract, [bigint, number]>(
    `${columns} WHERE pair = ?1 AND mailbox IN (SELECT id FROM registration WHERE own = 1)
     ORDER BY expires_at DESC LIMIT ?2`,
  )

  const read = db.transaction((did: string, ours: readonly string[]): Holdings | null => {
    const known = find.get(did)
    if (known === null) return null
    const found = [...ours.flatMap((own) => withUs.all(pairOf([did, own]), MOST)), ...kept.all(known.id, MOST)]
    const contracts = new Map(found.map((contract) => [contract.id, contract]))
    return {
      addresses: addresses
        .all(known.id, MOST)
        .flatMap((address) => lanesOf(address.lane).map((lane) => ({ did: address.did, lane }))),
      contracts: [...contracts.values()].slice(0, MOST).map(({ id, one, other, created_at, expires_at }) => ({
        id,
        parties: [one, other],
        createdAt: created_at,
        expiresAt: expires_at,
      })),
    }
  })

  return { holdings: reading(({ did, ours }) => read(did, ours)) }
}
