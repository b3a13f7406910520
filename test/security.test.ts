import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { join } from "node:path"
import { migrations } from "../src/store/sqlite/migrate.ts"

const page = await Bun.file(join(import.meta.dir, "../docs/security.md")).text()

test("docs/security.md says of every table what it tells about people, and of no other", () => {
  using db = new Database(":memory:")
  for (const sql of migrations) db.run(sql)
  const tables = db.query<{ name: string }, []>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  )
  const [, rows = ""] = page.split("| table |")
  const named = rows
    .split("\n\n", 1)[0]
    ?.split("\n")
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name))
  expect(named?.toSorted()).toEqual(
    tables
      .all()
      .map(({ name }) => name)
      .toSorted(),
  )
})

test("docs/security.md names tests that are there", async () => {
  const named = [...page.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = ""]) => file)
  expect(named.length).toBeGreaterThan(30)
  const missing = []
  for (const file of named) if (!(await Bun.file(join(import.meta.dir, file)).exists())) missing.push(file)
  expect(missing).toEqual([])
})
