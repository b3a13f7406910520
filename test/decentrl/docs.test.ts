import { expect, test } from "bun:test"
import { join } from "node:path"
import { statuses } from "../../src/decentrl/wire.ts"
import { example } from "./example.ts"
import { town } from "./people.ts"

const root = join(import.meta.dir, "../..")
const text = (path: string) => Bun.file(join(root, path)).text()
const page = await text("docs/decentrl.md")

test("the code that docs/decentrl.md shows is the code of the client and of the example", async () => {
  const sources = [await text("test/kit/decentrl.ts"), await text("test/decentrl/example.ts")]
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block = ""]) => block.trim())
  expect(blocks.length).toBeGreaterThan(3)
  for (const block of blocks) expect(sources.some((source) => source.includes(block))).toBe(true)
})

test("the example works, at one mediator and at two", async () => {
  await using one = await town()
  await using two = await town()
  for (const other of [one, two]) expect(await example(one.url, other.url)).toMatchObject([{ payload: "hello" }])
})

test("the client needs nothing of ours, and nothing but the platform", async () => {
  expect(await text("test/kit/decentrl.ts")).not.toMatch(/\bimport\b.*\bfrom\b|\brequire\(|\bBuffer\b|\bBun\b[^,]/)
})

test("every code is on the page with its status, and no other", () => {
  const listed = [...page.matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(([, status, code]) => [code, Number(status)])
  expect(Object.fromEntries(listed)).toEqual(statuses)
})

test("every command is on the page, and no other", async () => {
  const declared = new Set<string>()
  for (const file of ["contracts", "events", "archive", "public"]) {
    const source = await text(`src/decentrl/commands/${file}.ts`)
    for (const [, type = ""] of source.matchAll(/(?:direct|oneWay|acknowledging)\("(\w+)"\)|type: "([A-Z_]+)"/g))
      declared.add(type)
    for (const [, type = ""] of source.matchAll(/type: "([A-Z_]+)"/g)) declared.add(type)
  }
  declared.delete("")
  const listed = [...page.matchAll(/^\| `([A-Z_]+)`|type: "([A-Z_]+)"`/gm)].map(([, one, two]) => one ?? two ?? "")
  expect(new Set(listed.filter((type) => type !== "TWO_WAY_PRIVATE" && type !== "ONE_WAY_PUBLIC"))).toEqual(declared)
})
