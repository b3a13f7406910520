import { expect, test } from "bun:test"
import { join } from "node:path"
import { faults } from "../src/faults.ts"
import { mediator } from "./kit/mediator.ts"
import { createResident, type Draft } from "./kit/resident.ts"

const root = join(import.meta.dir, "..")
const page = (name: string) => Bun.file(join(root, name)).text()

type Example = { marked: string; message: Draft }
const examples = [...(await page("docs/protocols.md")).matchAll(/```json (\w+)\n(.*?)```/gs)].map(
  ([, marked = "", text = ""]): Example => ({ marked, message: JSON.parse(text) }),
)
const taken = examples.filter(({ marked }) => marked === "taken").map(({ message }) => message)

test("every message that docs/protocols.md says is taken is understood, and so is its body", async () => {
  await using m = await mediator()
  for (const message of taken) {
    const bob = await m.resident()
    const { expires_time: _, ...draft } = message
    const answer = await m.post(await bob.auth(bob.plaintext({ return_route: "all", ...draft }, m.did), m.did))
    if (answer.text === "") expect([message.type, answer.status]).toEqual([message.type, 202])
    else expect((await bob.open(answer.text)).body.code ?? "").not.toMatch(/unsupported|e\.p\.msg\./)
  }
})

test("docs/protocols.md has an example of every message that is disclosed as taken", async () => {
  await using m = await mediator()
  const { body } = await m.ask(createResident(), {
    type: "https://didcomm.org/discover-features/2.0/queries",
    body: { queries: [{ "feature-type": "protocol", match: "*" }] },
  })
  const disclosed = (body.disclosures as { id: string }[]).map(({ id }) => id)
  expect(disclosed.filter((uri) => !taken.some(({ type }) => type.startsWith(`${uri}/`)))).toEqual([])
})

/** What a heading is linked to by. */
const anchorsIn = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  )

test("the links between the pages lead somewhere, down to the heading", async () => {
  const pages = [...new Bun.Glob("*.md").scanSync(root), ...new Bun.Glob("docs/**/*.md").scanSync(root)]
  const dead: string[] = []
  for (const name of pages) {
    for (const [, target = "", anchor] of (await page(name)).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)) {
      if (/^https?:/.test(target)) continue
      const file = target === "" ? name : join(name, "..", target)
      const isThere = await Bun.file(join(root, file)).exists()
      if (!isThere || (anchor !== undefined && !anchorsIn(await page(file)).includes(anchor)))
        dead.push(`${name}: ${target}${anchor === undefined ? "" : `#${anchor}`}`)
    }
  }
  expect(dead).toEqual([])
})

test("docs/operating.md and docs/backup.md name only exit codes that there are", async () => {
  const text = (await page("docs/operating.md")) + (await page("docs/backup.md"))
  const named = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  const known = new Set<number>([0, 1, ...Object.values(faults).map((row: { exit?: number }) => row.exit ?? 1)])
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((code) => !known.has(code))).toEqual([])
})

test("every case in docs/behaviour.md names a test that is there", async () => {
  const rows = (await page("docs/behaviour.md")).split("\n").filter((line) => /^\| (?!case|-)/.test(line))
  const named = rows.map((row) => /`([\w./-]+\.ts)` \|$/.exec(row)?.[1] ?? row)
  expect(named.length).toBeGreaterThan(30)
  const missing = []
  for (const file of named) if (!(await Bun.file(join(root, "test", file)).exists())) missing.push(file)
  expect(missing).toEqual([])
})
