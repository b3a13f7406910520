import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { Contract, Quota } from "../../mailbox/model.ts"
import type { ArchiveStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Gate } from "./backlog.ts"
import { numberAt, textAt } from "./bound.ts"
import { type Moment, type Moments, momentOf } from "./horizon.ts"
import { markOf } from "./mark.ts"
import { atLeast0, pageOf, reading } from "./pages.ts"
import { rooms, type Sized } from "./room.ts"
import type { Runner } from "./writer.ts"

type NewContract = Contract & Sized & { readonly pair: bigint }

/** The same for both parties, whichever is named first. */
export const pairOf = (parties: readonly [string, string]): bigint => markOf(...parties.toSorted())

export function contractActs(db: Database) {
  const insert = db.query<null, [number, bigint, number, number, number, string, string, string, string]>(
    `INSERT INTO contract (mailbox, pair, size, created_at, expires_at, id, one, other, content)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
  )
  const find = db.query<{ 1: number }, [number, string]>("SELECT 1 FROM contract WHERE mailbox = ?1 AND id = ?2")
  const room = rooms(db)

  return {
    saveContract(given: { mailbox: number; contract: NewContract; quota: Quota } & Moment): "stored" | "full" {
      const { mailbox, contract, quota, now, horizon } = given
      const { id, pair, size, parties, expiresAt, content } = contract
      if (find.get(mailbox, id)) return "stored"
      if (!room.claim(mailbox, { items: 1, bytes: size }, quota, horizon)) return "full"
      insert.run(mailbox, pair, size, now, expiresAt, id, parties[0], parties[1], content)
      return "stored"
    },
  }
}

type Row = Sized & {
  seq: number
  created_at: number
  expires_at: number
  id: string
  one: string
  other: string
  content: string
}

const contractOf = (row: Row): Contract & { createdAt: number } => ({
  id: row.id,
  parties: [row.one, row.other],
  expiresAt: row.expires_at,
  content: row.content,
  createdAt: row.created_at,
})

export function contractReads(db: Database, clock: Clock): Pick<ArchiveStore, "contracts" | "contractUntil"> {
  const valid = `FROM contract WHERE mailbox = ${numberAt(1)} AND expires_at > ?2 AND seq > ?3`
  const rows = db.query<Row, [number, number, number, number]>(`SELECT * ${valid} ORDER BY seq LIMIT ${numberAt(4)}`)
  const count = db.query<{ n: number }, [number, number, number]>(`SELECT count(*) AS n ${valid}`)
  const between = db.query<{ until: number }, [bigint, number, string, string]>(
    `SELECT expires_at AS until FROM contract WHERE pair = ${numberAt(1)} AND expires_at > ?2
     AND (one = ${textAt(3)} AND other = ${textAt(4)} OR one = ${textAt(4)} AND other = ${textAt(3)}) ORDER BY expires_at DESC LIMIT 1`,
  )

  const readPage = db.transaction((query: Parameters<ArchiveStore["contracts"]>[0]) => {
    const { mailbox, after, limit } = query
    const now = clock.now()
    return pageOf(query, {
      rows: rows.iterate(mailbox, now, after, atLeast0(limit)),
      matching: count.get(mailbox, now, after)?.n ?? 0,
      item: contractOf,
    })
  })
  return {
    contracts: reading((query) => readPage(query)),
    contractUntil: reading((parties) => between.get(pairOf(parties), clock.now(), ...parties)?.until ?? null),
  }
}

export const contractWrites = (
  writer: Runner<StoreActs>,
  { gate, ...moments }: Moments & { gate: Gate },
): Pick<ArchiveStore, "saveContract"> => ({
  saveContract({ mailbox, contract: given, quota }) {
    const contract = { ...given, pair: pairOf(given.parties), size: Buffer.byteLength(given.content) }
    return gate(contract.size, () => writer.run("saveContract", { mailbox, contract, quota, ...momentOf(moments) }))
  },
})
