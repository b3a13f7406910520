import { expect, test } from "bun:test"
import { marking } from "../../src/store/sqlite/marks.ts"
import { openDatabase } from "../../src/store/sqlite/open.ts"

const MANY = 5_000
const all = Array.from({ length: MANY }, (_, n) => BigInt(n) * 3n ** 20n - 2n ** 62n)

test("of thousands of marks each is known from when it was noted, and taken back each is new, wherever it lies", () => {
  using db = openDatabase(":memory:")
  const count = (table: string) => Number(db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  const { note, unnote } = marking(db, "message")
  for (const mark of all) expect(note(mark, 10, 1)).toBe(true)
  expect(count("seen")).toBeGreaterThan(0)
  expect(count("seen_lately")).toBeGreaterThan(0)
  expect(count("seen") + count("seen_lately")).toBe(MANY)
  for (const mark of all) expect(note(mark, 20, 9)).toBe(false)
  for (const mark of all) unnote(mark)
  expect(count("seen") + count("seen_lately")).toBe(0)
  for (const mark of all) expect(note(mark, 10, 1)).toBe(true)
})

test("a mark that has ended is new once more, and known until its new end", () => {
  using db = openDatabase(":memory:")
  const { note } = marking(db, "message")
  for (const mark of all) note(mark, 10, 1)
  for (const mark of all) expect(note(mark, 20, 10)).toBe(true)
  for (const mark of all) expect(note(mark, 30, 19)).toBe(false)
  for (const mark of all) expect(note(mark, 30, 20)).toBe(true)
})
