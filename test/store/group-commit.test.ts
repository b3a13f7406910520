import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { storeActs } from "../../src/store/sqlite/acts.ts"
import { type Call, committer, groups, type Outcome } from "../../src/store/sqlite/group-commit.ts"
import { newTag } from "../../src/store/sqlite/message-id.ts"
import type { Parcel } from "../../src/store/sqlite/messages.ts"
import { openDatabase } from "../../src/store/sqlite/open.ts"
import { createWriter, inPlace } from "../../src/store/sqlite/writer.ts"
import { audit, DAY, ROOMY, START, seededRandom } from "../contract/world.ts"
import { folder } from "./places.ts"

/** A little database of notes, where a note may refer to one that has to be there when the transaction ends. */
function notebook() {
  const db = new Database(":memory:")
  db.run("PRAGMA foreign_keys = ON")
  db.run(
    "CREATE TABLE note (n INTEGER PRIMARY KEY, after INTEGER REFERENCES note DEFERRABLE INITIALLY DEFERRED) STRICT",
  )
  const write = db.query<null, [number, number | null]>("INSERT INTO note VALUES (?1, ?2)")
  const acts = {
    write: (n: number) => write.run(n, null).changes,
    dangle: (n: number) => write.run(n, n + 1000).changes,
    fail: () => {
      throw new Error("no")
    },
  }
  const notes = () =>
    db
      .query<{ n: number }, []>("SELECT n FROM note ORDER BY n")
      .all()
      .map(({ n }) => n)
  return { db, acts, notes }
}

const codes = (outcomes: readonly Outcome[]) => outcomes.map((one) => ("code" in one ? one.code : one.value))

test("a call that throws harms none of those beside it", () => {
  const { db, acts, notes } = notebook()
  const calls: Call[] = [
    ["write", 1],
    ["fail", null],
    ["write", 2],
    ["write", 1],
    ["nonsense", 0],
    ["write", 3],
  ]
  expect(codes(committer(db, acts)(calls))).toEqual([1, "internal", 1, "internal", "internal", 1])
  expect(notes()).toEqual([1, 2, 3])
  expect(db.inTransaction).toBe(false)
})

test("a commit that fails refuses the whole group, keeps nothing of it, and the next one works", () => {
  const { db, acts, notes } = notebook()
  const together = committer(db, acts)
  expect(
    codes(
      together([
        ["write", 1],
        ["dangle", 2],
        ["write", 3],
      ]),
    ),
  ).toEqual(Array(3).fill("internal"))
  expect(notes()).toEqual([])
  expect(codes(together([["write", 4]]))).toEqual([1])
  expect(notes()).toEqual([4])
})

test("when another holds the database for too long, the whole group is refused at once", async () => {
  await using where = await folder()
  const db = openDatabase(where.file)
  const other = openDatabase(where.file)
  db.run("PRAGMA busy_timeout = 1")
  const together = committer(db, storeActs(db))
  const fact = ["reserve", { kind: "k", key: "x", until: START + 1, now: START }] as const
  other.run("BEGIN IMMEDIATE")
  expect(codes(together([fact, fact]))).toEqual(["store.failed", "store.failed"])
  other.run("ROLLBACK")
  expect(codes(together([fact, fact]))).toEqual([true, false])
})

test("calls of one turn share a commit, later ones get their own, and the answers keep the order", async () => {
  const sizes: number[] = []
  const answers: unknown[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const queue = groups(
    (calls) => {
      sizes.push(calls.length)
      if (sizes.length === 1) queue.add([["late", 9]])
      return calls.map(([, value]) => ({ value }))
    },
    (outcomes) => {
      answers.push(...codes(outcomes))
      if (answers.length === 601) resolve()
    },
  )
  for (let n = 0; n < 600; n++) queue.add([["early", n]])
  expect(sizes).toEqual([])
  await promise
  expect(sizes).toEqual([512, 89])
  expect(answers).toEqual([...Array.from({ length: 600 }, (_, n) => n), 9])
})

test("closing waits for what was begun, and afterwards the writer refuses", async () => {
  const { db, acts, notes } = notebook()
  const seen: number[][] = []
  const writer = createWriter<typeof acts>(inPlace(db, acts), () => seen.push(notes()))
  const written = [writer.run("write", 1), writer.run("write", 2)]
  await writer[Symbol.asyncDispose]()
  expect(seen).toEqual([[1, 2]])
  expect(await Promise.all(written)).toEqual([1, 1])
  await expect(writer.run("write", 3)).rejects.toMatchObject({ code: "store.failed" })
})

test("a full disk refuses what is too large, still deletes, and takes mail again when there is room", async () => {
  await using where = await folder()
  const db = openDatabase(where.file)
  const together = committer(db, storeActs(db))
  const now = START
  together([
    ["ask", { did: "did:example:bob", lane: 1, state: "approved", audit, now }],
    ["bind", { mailbox: 1, lane: 1, did: "did:example:bob", aliases: [], maxAddresses: 1 }],
  ])
  const random = seededRandom(1)
  const parcel = (n: number, size: number): Parcel => ({
    tag: newTag(random),
    mark: BigInt(n),
    pace: 0n,
    lane: 1,
    kind: "forward",
    sender: null,
    senderMark: null,
    content: "x".repeat(size),
    size,
    expiresAt: START + DAY,
  })
  const deposit = (n: number, size = 500_000): Call => [
    "deposit",
    {
      mailbox: 1,
      address: 1,
      parcels: [parcel(n, size)],
      quota: { ...ROOMY, bytes: 1e9 },
      limits: null,
      now,
      horizon: now,
    },
  ]
  const spot = expect.objectContaining({ seq: expect.any(Number) })
  expect(codes(together([deposit(1), deposit(2)]))).toEqual([[spot], [spot]])
  const pages = db.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0
  db.run(`PRAGMA max_page_count = ${pages}`)

  expect(codes(together([deposit(3), ["expire", { limit: 1, now, horizon: START }], deposit(4)]))).toEqual([
    "store.failed",
    0,
    "store.failed",
  ])
  expect(codes(together([["expire", { limit: 1, now, horizon: START + DAY }]]))).toEqual([1])
  expect(codes(together([deposit(3)]))).toEqual([[spot]])
  expect(codes(together([deposit(4)]))).toEqual(["store.failed"])
  db.run(`PRAGMA max_page_count = ${pages * 4}`)
  expect(codes(together([deposit(4)]))).toEqual([[spot]])
})
