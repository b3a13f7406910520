import { Database } from "bun:sqlite"
import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { home } from "./home.ts"

const anna = "did:web:anna.example"
type Line = { readonly seq: number; readonly action: string }

/** A home in which Anna asked, was approved, suspended and resumed. */
async function history() {
  const here = await home()
  await here.registered(anna, "pending")
  for (const decision of ["approve", "suspend", "resume"]) await here.cli("registration", decision, anna)
  return here
}

/** What somebody does who can write to the file, and knows of the triggers that keep the audit append-only. */
const change = ({ cwd }: { cwd: string }, sql: string) => {
  using db = new Database(join(cwd, "restante-data/restante.db"))
  const triggers = db
    .query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all()
  for (const { name } of triggers) db.run(`DROP TRIGGER ${name}`)
  expect(db.run(sql).changes).toBe(1)
  for (const { sql: made } of triggers) db.run(made)
}

describe("audit list", () => {
  test("has the newest first, and goes on with --before", async () => {
    const here = await history()
    const { items: lines, next } = await here.document("audit", "list", "--limit", "2")
    expect(lines.map(({ action }: Line) => action)).toEqual(["registration.resume", "registration.suspend"])
    expect(lines[0]).toEqual({
      seq: expect.any(Number),
      at: expect.closeTo(Date.now(), -5),
      actor: "cli",
      action: "registration.resume",
      subject: anna,
      detail: expect.any(String),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(next).toBe(lines[1].seq)
    const rest = await here.document("audit", "list", "--limit", "2", "--before", String(next))
    expect(rest.items.map(({ action }: Line) => action)).toEqual(["registration.approve", "asked"])
    expect(rest.next).toBeNull()
    const { stderr } = await here.cli("audit", "list", "--limit", "2")
    expect(stderr).toBe(`[info] Earlier ones: --before ${next}\n`)
  })

  test("can be searched", async () => {
    const here = await history()
    const { items: lines } = await here.document("audit", "list", "--search", "Registration.Suspend")
    expect(lines).toHaveLength(1)
    const { stdout } = await here.cli("audit", "list", "--search", "Registration.Suspend")
    expect(stdout.split("\n")[1]).toMatch(
      /^\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC {2}cli {2}registration\.suspend {2}did:web:anna\.example {2}approved → suspended$/,
    )
  })
})

describe("audit verify", () => {
  test("says how many lines hold", async () => {
    const here = await history()
    expect((await here.cli("audit", "verify")).stdout).toBe("4 lines, and nothing was changed.\n")
    expect(await here.document("audit", "verify")).toEqual({ ok: true, lines: 4, broken: null })
  })

  test.each([
    ["changed", "UPDATE audit SET action = 'registration.deny' WHERE seq = 2", 2],
    ["taken out of the middle", "DELETE FROM audit WHERE seq = 2", 2],
    ["taken off the end", "DELETE FROM audit WHERE seq = 4", 4],
  ])("finds a line that was %s, says where, and ends with 65", async (_, sql, broken) => {
    const here = await history()
    change(here, sql)
    const said = await here.cli("audit", "verify", "--json")
    expect(JSON.parse(said.stdout)).toEqual({ ok: false, lines: broken - 1, broken })
    expect(said.exit).toBe(65)
    const { stdout, stderr, exit } = await here.cli("audit", "verify")
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 65 })
    expect(stderr).toContain(`Line ${broken} was changed or taken out.`)
  })
})

describe("audit export", () => {
  test("prints every line as JSON, the oldest first, or those after one", async () => {
    const here = await history()
    const { items: lines } = await here.document("audit", "list")
    const exported = async (...args: string[]) =>
      (await here.cli("audit", "export", ...args)).stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line))
    expect(await exported()).toEqual(lines.toReversed())
    expect(await exported("--after", String(lines[1].seq))).toEqual([lines[0]])
  })

  test("goes on over more lines than are read at once", async () => {
    const here = await home()
    await here.seed(async ({ store }) => {
      const entry = { actor: "cli", action: "test", subject: "x" }
      await Promise.all(Array.from({ length: 1203 }, () => store.audit(entry)))
    })
    const { stdout } = await here.cli("audit", "export")
    const lines: Line[] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(1203)
    expect(lines.every(({ seq }, index) => index === 0 || seq > (lines[index - 1]?.seq ?? seq))).toBe(true)
  })
})
