import { expect, test } from "bun:test"
import manifest from "../../package.json" with { type: "json" }
import { desk, type Json } from "./desk.ts"

test("whoever may read is told the version, what it runs on, and the licence of everything in it", async () => {
  await using d = await desk()
  const reader = await d.program("read")
  const { status, body } = await reader.call("GET", "/about")
  expect(status).toBe(200)
  const { licences, ...facts } = body as Json
  expect(facts).toEqual({
    version: manifest.version,
    // A checkout is whatever it is at the moment: only what is built knows its commit.
    commit: null,
    bun: Bun.version,
    sqlite: expect.stringMatching(/^3\.\d+\.\d+$/),
    os: expect.stringContaining(process.arch),
  })
  const names = licences.map(({ name }: Json) => name)
  expect(new Set(names).size).toBe(names.length)
  // What ours depend on is in the program as well.
  const wanted = ["restante", "bun", "@noble/hashes", ...Object.keys(manifest.dependencies)]
  expect(wanted.filter((name) => !names.includes(name))).toEqual([])
  for (const { version, licence } of licences) {
    expect(version).toMatch(/^\d+\.\d+/)
    expect(licence).toMatch(/^[A-Z][\w.-]+( (AND|OR) [\w.-]+)*$/)
  }
})
