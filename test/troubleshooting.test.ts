import { expect, test } from "bun:test"
import { join } from "node:path"
import { faults } from "../src/faults.ts"

const page = await Bun.file(join(import.meta.dir, "../docs/troubleshooting.md")).text()

/** The rows about faults: code, sentence, what to do, and the exit code where it has one. */
const rows = [...page.matchAll(/^\| `([a-z_.]+)` \| (.*) \|$/gm)].map(([, code = "", rest = ""]) => {
  const [sentence = "", advice = "", exit] = rest.split(" | ")
  return { code, sentence, advice, exit }
})

test("docs/troubleshooting.md has every fault once, with its sentence", () => {
  const written = rows.map(({ code, sentence }) => [code, sentence])
  const wanted = Object.entries(faults).map(([code, { say }]) => [code, say.replace(/\{\d+\}/g, "…")])
  expect(written.toSorted()).toEqual(wanted.toSorted())
})

test("docs/operating.md has every exit code", async () => {
  const operating = await Bun.file(join(import.meta.dir, "../docs/operating.md")).text()
  for (const { exit } of Object.values(faults)) if (exit !== undefined) expect(operating).toContain(`\n| ${exit} | `)
})

test("it says what to do about each, and with which code a command ends", () => {
  for (const { code, advice, exit } of rows) {
    expect([code, advice]).toEqual([code, expect.stringMatching(/^.{8,}[.)]$/)])
    const row = faults[code as keyof typeof faults]
    if (row?.exit !== undefined && exit !== undefined) expect([code, Number(exit)]).toEqual([code, row.exit])
  }
})
