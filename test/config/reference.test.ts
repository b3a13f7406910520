import { expect, test } from "bun:test"
import { resolveSettings } from "../../src/config/load.ts"
import { configPage, sampleFile } from "../../src/config/reference.ts"
import { rows } from "../../src/config/schema.ts"

const read = (text: string) => resolveSettings({ file: { path: "restante.toml", text }, env: {}, flags: new Map() })
const defaults = resolveSettings({ file: null, env: {}, flags: new Map() })

test("docs/config.md is what the schema says (stale? bun test/config/write-reference.ts)", async () => {
  expect(await Bun.file(new URL("../../docs/config.md", import.meta.url)).text()).toBe(configPage())
})

test("the page has one line for every setting, with its environment name and its flag", () => {
  for (const row of rows) {
    expect(
      configPage()
        .split("\n")
        .filter((line) => line.includes(`\`${row.env}\` | \`--${row.flag}\``)),
    ).toHaveLength(1)
  }
})

test("the sample file as it is changes nothing", () => {
  expect(read(sampleFile(new Map()))).toMatchObject({ settings: "settings" in defaults ? defaults.settings : {} })
})

test("the sample file with every setting uncommented says the defaults, each from the file", () => {
  const uncommented = sampleFile(new Map()).replace(/^# (\w+ = )/gm, "$1")
  const outcome = read(uncommented)
  if ("problems" in outcome || "problems" in defaults) throw new Error("the sample is refused")
  expect(outcome.settings).toEqual(defaults.settings)
  expect([...outcome.origins.values()].map(({ from }) => from)).toEqual(rows.map(() => "file"))
})

test("given values stand in the sample uncommented, all others stay comments", () => {
  const outcome = read(
    sampleFile(
      new Map<string, unknown>([
        ["server.port", 81],
        ["mailbox.ttl", 60_000],
      ]),
    ),
  )
  if ("problems" in outcome) throw new Error("the sample is refused")
  expect(outcome.settings).toMatchObject({ server: { port: 81 }, mailbox: { ttl: 60_000 } })
  expect([...outcome.origins].filter(([, { from }]) => from === "file").map(([path]) => path)).toEqual([
    "server.port",
    "mailbox.ttl",
  ])
})
