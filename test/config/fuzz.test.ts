import { expect, test } from "bun:test"
import fc from "fast-check"
import { resolveSettings } from "../../src/config/load.ts"
import { problemText } from "../../src/config/problem.ts"
import { rows } from "../../src/config/schema.ts"
import { tries, whileTrying } from "../kit/seed.ts"

/** Whatever is in the file, the environment and the flags: settings come of it, or sentences that say where it is wrong. */

const paths = rows.map(({ path }) => path)
const value = fc.oneof(
  fc.constantFrom(
    "1",
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "true",
    "[]",
    "{}",
    "[[]]",
    '""',
    "'x'",
    "1979-05-27T07:32:00Z",
    "0x7fffffffffffffff",
  ),
  fc.jsonValue({ stringUnit: "binary" }).map((json) => JSON.stringify(json)),
  fc.string({ unit: "binary", maxLength: 40 }),
)
const key = fc.oneof(
  fc.constantFrom(...paths),
  fc.string({ unit: "binary-ascii", maxLength: 20 }),
  fc.constantFrom("__proto__", "constructor", "server", "a.b.c"),
)
const line = fc.oneof(
  fc.tuple(key, value).map((pair) => pair.join(" = ")),
  key.map((name) => `[${name}]`),
  key.map((name) => `[[${name}]]`),
  fc.string({ unit: "binary", maxLength: 60 }),
)
const file = fc.oneof(
  fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n")),
  fc.string({ unit: "binary", maxLength: 400 }),
)

function judge(given: { text?: string; env?: Record<string, string>; flags?: [string, string][] }): void {
  const { text, env = {}, flags = [] } = given
  const source = text === undefined ? null : { path: "restante.toml", text }
  const outcome = resolveSettings({ file: source, env, flags: new Map(flags) })
  if (!("problems" in outcome)) return
  expect(outcome.problems.length).toBeGreaterThan(0)
  // Control characters in a file must not reach the operator's terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const problem of outcome.problems) expect(problemText(problem)).toMatch(/^[^\x00-\x08\x0b-\x1f\x7f-\x9f]+$/)
}

test(
  "a file that is anything",
  () => {
    fc.assert(
      fc.property(file, (text) => judge({ text })),
      tries(3_000),
    )
  },
  whileTrying,
)

test(
  "variables and flags that are anything",
  () => {
    const names = fc.constantFrom(...rows.map(({ path }) => path.replaceAll(".", "_").toUpperCase()))
    const variables = fc.dictionary(
      names.map((name) => `RESTANTE_${name}`),
      value,
      { maxKeys: 5 },
    )
    const flags = fc.array(fc.tuple(fc.constantFrom(...paths.map((path) => path.replaceAll(/[._]/g, "-"))), value), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(variables, flags, (env, given) => judge({ env, flags: given })),
      tries(2_000),
    )
  },
  whileTrying,
)
