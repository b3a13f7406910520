import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { canonicalJson, type Json, parseStrict } from "../../src/base/canonical.ts"
import { canonical } from "../kit/decentrl.ts"

const seed = Number(process.env.RESTANTE_TEST_SEED ?? 1)
const text = fc.string({ unit: "grapheme" })
const number = fc.oneof(fc.maxSafeInteger(), fc.double({ min: -(2 ** 53), max: 2 ** 53, noNaN: true }))
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false),
    text,
    number,
    fc.array(tie("json"), { maxLength: 5 }),
    fc.dictionary(
      text.filter((name) => name !== "__proto__"),
      tie("json"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}))
const object = fc.dictionary(
  text.filter((name) => name !== "__proto__"),
  json,
  { maxKeys: 5, noNullPrototype: true },
)

describe("canonical JSON", () => {
  test("sorts members by UTF-16 code units at every level, and leaves no spaces", () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: "é" }], "\u{1f600}": 1, "\uffee": 2, "": 3, 10: 4, 9: 5 })).toBe(
      '{"":3,"10":4,"9":5,"a":[{"c":"é","d":null}],"b":1,"\u{1f600}":1,"\uffee":2}',
    )
  })

  test("writes numbers and strings as JSON.stringify does", () => {
    expect(canonicalJson([1, -0, 1.5, 1e21, 1e-7, 2 ** 53, '"\\/\b\u001f\u2028', true])).toBe(
      `[1,0,1.5,1e+21,1e-7,9007199254740992,${JSON.stringify('"\\/\b\u001f\u2028')},true]`,
    )
  })

  test("is the same for every order of members and every layout, and says the same value", () => {
    const shuffled = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(shuffled)
      if (typeof value !== "object" || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, shuffled(inner as Json)]),
      )
    }
    fc.assert(
      fc.property(object, fc.constantFrom("", "  ", "\t"), (value, layout) => {
        const once = canonicalJson(value)
        expect(canonicalJson(shuffled(value))).toBe(once)
        const read = parseStrict(JSON.stringify(shuffled(value), null, layout))
        expect(read && canonicalJson(read)).toBe(once)
        expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500, seed },
    )
  })

  test("is what the reference client writes", () => {
    fc.assert(
      fc.property(json, (value) => expect(canonicalJson(value)).toBe(canonical(value))),
      { numRuns: 500, seed },
    )
  })
})

describe("the strict reader", () => {
  test("reads whatever JSON.parse reads of an object, when it means one thing only", () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(parseStrict(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500, seed },
    )
  })

  test("says null to every text that is not JSON, and never throws", () => {
    const broken = fc.tuple(object, fc.nat(), fc.string({ unit: "binary", maxLength: 3 })).map(([value, at, junk]) => {
      const whole = JSON.stringify(value)
      const place = at % (whole.length + 1)
      return whole.slice(0, place) + junk + whole.slice(place + (at % 3))
    })
    fc.assert(
      fc.property(fc.oneof(broken, fc.string({ unit: "binary" })), (given) => {
        const read = parseStrict(given)
        if (read !== null) expect(JSON.parse(given)).toEqual(read)
      }),
      { numRuns: 2_000, seed },
    )
  })

  test("refuses a member that is said twice in one object, and only there", () => {
    fc.assert(
      fc.property(object, text, json, json, (value, name, one, two) => {
        const [first, second] = [JSON.stringify({ [name]: one }), JSON.stringify({ [name]: two })]
        if (name === "__proto__") return
        expect(parseStrict(`${first.slice(0, -1)},${second.slice(1)}`)).toBeNull()
        expect(parseStrict(`{"a":${first},"b":[${second},${second}]}`)).not.toBeNull()
        expect(parseStrict(`{"a":${JSON.stringify(value)},"\\u0061":1}`)).toBeNull()
      }),
      { numRuns: 200, seed },
    )
  })

  test.each([
    ["9007199254740992", true],
    ["-9007199254740992", true],
    ["9007199254740993", false],
    ["9007199254740992.0", false],
    ["9.007199254740993e15", false],
    ["1e400", false],
    ["-1e400", false],
    ["1e16", false],
    ["0.1e-400", true],
    ["-0", true],
  ])("the number %s: %p", (number, isTaken) => {
    expect(parseStrict(`{"a":${number}}`) !== null).toBe(isTaken)
    expect(parseStrict(`{"a":[[${number}]]}`) !== null).toBe(isTaken)
  })

  test("a string that looks like a number, a brace or a member is only a string", () => {
    const given = { a: '1e400 {"a":1,"a":2} \\" 9007199254740993', b: ["{", "}", ":", '"'] }
    expect(parseStrict(JSON.stringify(given))).toEqual(given)
  })

  test("a long string of escapes takes no more than a moment", () => {
    const given = JSON.stringify({ a: '\\"'.repeat(200_000), b: "\\".repeat(200_001) })
    const before = performance.now()
    expect(parseStrict(given)).not.toBeNull()
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})
