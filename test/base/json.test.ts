import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { isObject, parseObject, rawItems, rawValue } from "../../src/base/json.ts"
import { seeded } from "../kit/seed.ts"

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth)

describe("parseObject reads", () => {
  test.each([
    ["{}", {}],
    [' {"a":[1,{"b":null}]}\n', { a: [1, { b: null }] }],
    [`{"a":${nested(31, "[", "]")}}`, { a: JSON.parse(nested(31, "[", "]")) }],
    ['{"a":"{[{[{[","b":"\\"{[\\\\"}', { a: "{[{[{[", b: '"{[\\' }],
  ])("%p", (text, value) => {
    expect(parseObject(text)).toEqual(value)
  })

  test.each([
    ...["", " ", "null", "[]", "1", '"{}"', "{", "}", "{}{}", "{'a':1}", '{"a":1,}', '{"a":"', '{"a":"\\"}'],
    `{"a":${nested(32, "[", "]")}}`,
    `{"a":${"[".repeat(100_000)}`,
    nested(100_000, '{"a":', "}"),
  ])("nothing in %#", (text) => {
    expect(parseObject(text)).toBeNull()
  })

  test("a __proto__ member as a member, and as nothing more", () => {
    const value = parseObject('{"__proto__":{"polluted":true}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(value ?? {})).toEqual(["__proto__"])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

type Path = (string | number)[]

/** Every place in a value, with what is there. */
function* places(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  yield [path, value]
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* places(item, [...path, index])
  else if (isObject(value)) for (const [name, item] of Object.entries(value)) yield* places(item, [...path, name])
}

const indents = fc.constantFrom("", " ", "\t", "\r\n  ")

test("the raw text at every place of whatever was printed is the value there", async () => {
  await fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }), indents, (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      for (const [path, item] of places(JSON.parse(text))) {
        const raw = rawValue(text, path)
        expect(JSON.parse(raw ?? "missing")).toEqual(item)
        expect(raw?.trim()).toBe(raw ?? undefined)
        expect(rawValue(text, [...path, "no such member", 0])).toBeNull()
        const items = Array.isArray(item) ? item : []
        expect(rawItems(raw ?? "").map((one) => JSON.parse(one))).toEqual(items)
      }
    }),
    { numRuns: 500, ...seeded },
  )
})

test("of a repeated member the last is found, as it is by JSON.parse", () => {
  const text = '{"a":{"b":1},"a":{"b":2},"\\u0061":{"b":3, "b" : 4 }}'
  expect(JSON.parse(text)).toEqual({ a: { b: 4 } })
  expect(rawValue(text, ["a", "b"])).toBe("4")
})

test("an object is no list, and a list no object", () => {
  expect(rawValue('{"0":1}', [0])).toBeNull()
  expect(rawValue("[1]", ["0"])).toBeNull()
  expect([rawItems('{"0":1}'), rawItems('"[1]"'), rawItems("[ ]")]).toEqual([[], [], []])
})
