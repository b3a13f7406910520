import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { parse, stringify } from "smol-toml"
import { resolveSettings } from "../../src/config/load.ts"
import { pathKey, positions } from "../../src/config/positions.ts"
import { rows, sections } from "../../src/config/schema.ts"
import { Fault } from "../../src/faults.ts"

/** The text of the key and the value at `path`, as they stand in `toml`. */
function written(toml: string, path: readonly string[]): [string, string] | null {
  const place = positions(toml).get(pathKey(path))
  return place ? [toml.slice(place.key, place.key + 3), toml.slice(place.value, place.valueEnd)] : null
}

describe("where keys stand", () => {
  test.each([
    ["plain", "key = 1", ["key"], ["key", "1"]],
    ["in a table", "[a]\nkey = 1 # 2", ["a", "key"], ["key", "1"]],
    ["dotted", "a . key = true", ["a", "key"], ["key", "true"]],
    ["in a dotted table", "[ a . b ]\nkey=1", ["a", "b", "key"], ["key", "1"]],
    ["below a dotted key", "a.b.key = 1", ["a", "b", "key"], ["key", "1"]],
    ["quoted", '"key" = 1', ["key"], ['"ke', "1"]],
    ["quoted with escapes", '"k\\u0065y" = 1', ["key"], ['"k\\', "1"]],
    ["quoted with dots and brackets", "'k.e]y = ' = 1", ["k.e]y = "], ["'k.", "1"]],
    ["in an inline table", "a = { b = 1, key = 'x' }", ["a", "key"], ["key", "'x'"]],
    ["in an inline table over lines", "a = {\n # c = 1\n key = 'x',\n}", ["a", "key"], ["key", "'x'"]],
    ["after a text that looks like a key", 'a = "key = 1"\nkey = 2', ["key"], ["key", "2"]],
    ["after a text over lines", 'a = """\nkey = 1\n"""\nkey = 2', ["key"], ["key", "2"]],
    ["after a text that ends in quotes", 'a = """b"""""\nkey = 2', ["key"], ["key", "2"]],
    ["after an escaped quote", 'a = "\\"\\nkey = 1"\nkey = 2', ["key"], ["key", "2"]],
    ["after a literal text over lines", "a = '''\n'key = 1'\n'''\nkey = 2", ["key"], ["key", "2"]],
    ["after a list over lines", "a = [ # ]\n 'key = 1',\n [2], {key = 3} ]\nkey = 2", ["key"], ["key", "2"]],
    ["after a comment", "# key = 1\n#[a]\nkey = 2", ["key"], ["key", "2"]],
    ["with a date as its value", "key = 1979-05-27 07:32:00 # noon", ["key"], ["key", "1979-05-27 07:32:00"]],
    ["with an empty text", 'key = ""\na = 1', ["key"], ["key", '""']],
    ["behind a byte order mark and CRLF", "\uFEFFa = 1\r\nkey = 2\r\n", ["key"], ["key", "2"]],
    ["a table", "[a]\n[key]\nb = 1", ["key"], ["key", "key"]],
    ["a list of tables", "[[key]]\nb = 1", ["key"], ["key", "key"]],
  ] as const)("a key %s", (_, toml, path, expected) => {
    parse(toml)
    expect(written(toml, path)).toEqual([...expected])
  })

  const name = fc.oneof(fc.constantFrom("a", "b-c", "d_1"), fc.string({ unit: "grapheme", maxLength: 6 }))
  const { table } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((again) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: "grapheme" }),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.integer()),
      again("table"),
    ),
    table: fc.dictionary(name, again("value"), { maxKeys: 4 }),
  }))

  test("every key of any document is found, and its value parses to what the document holds", () => {
    fc.assert(
      fc.property(table, (document) => {
        const toml = stringify(document)
        const places = positions(toml)
        for (const [path, value] of leaves(parse(toml), [])) {
          const place = places.get(pathKey(path))
          if (!place) throw new Error(`no place for ${pathKey(path)} in ${JSON.stringify(toml)}`)
          expect<unknown>(parse(`x = ${toml.slice(place.value, place.valueEnd)}`).x).toEqual(value)
        }
      }),
    )
  })

  function leaves(value: object, path: string[]): [string[], unknown][] {
    return Object.entries(value).flatMap(([key, inner]): [string[], unknown][] => {
      const isTable = typeof inner === "object" && !Array.isArray(inner)
      return isTable ? leaves(inner, [...path, key]) : [[[...path, key], inner]]
    })
  }
})

describe("any text", () => {
  const word = fc.constantFrom(
    ...[
      "[",
      "]",
      "[[",
      "]]",
      "{",
      "}",
      "=",
      ".",
      ",",
      "#",
      '"',
      "'",
      '"""',
      "'''",
      "\\",
      "\n",
      "\r\n",
      " ",
      "\t",
      "\0",
    ],
    ...["1", "-", "true", "1 MiB", "2020-01-01", "\uFEFF", "\u202e", "ä", "__proto__", "constructor"],
    ...sections,
    ...rows.map(({ key }) => key),
  )
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
  )

  test("is read or refused with a Fault or problems: nothing else is ever thrown", () => {
    const outcomes = { read: 0, refused: 0 }
    fc.assert(
      fc.property(text, (toml) => {
        try {
          const outcome = resolveSettings({ file: { path: "x.toml", text: toml }, env: {}, flags: new Map() })
          outcomes["problems" in outcome ? "refused" : "read"]++
        } catch (error) {
          expect(error).toBeInstanceOf(Fault)
        }
      }),
      { numRuns: 2000 },
    )
    expect(outcomes.read).toBeGreaterThan(0)
    expect(outcomes.refused).toBeGreaterThan(0)
  })

  test("is scanned to its end even when it is no TOML", () => {
    fc.assert(
      fc.property(text, (toml) => {
        for (const { key, value, valueEnd } of positions(toml).values()) {
          expect(0 <= key && key <= value && value <= valueEnd && valueEnd <= toml.length).toBeTrue()
        }
      }),
      { numRuns: 2000 },
    )
  })
})
