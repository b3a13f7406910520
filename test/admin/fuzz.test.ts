import { afterAll, expect, test } from "bun:test"
import { toJsonSchema } from "@valibot/to-json-schema"
import fc from "fast-check"
import { scopes } from "../../src/admin/api-tokens.ts"
import { tries, whileTrying } from "../kit/seed.ts"
import { telltale } from "../transport/raw.ts"
import { declaredEndpoints, desk } from "./desk.ts"

/** Whatever a program with every right sends: an answer, or a refusal that says which member is wrong. */

const endpoints = await declaredEndpoints()
const { m, program, [Symbol.asyncDispose]: end } = await desk()
const { call } = await program(...scopes)
afterAll(async () => {
  expect(m.logged.filter((line) => line.includes("http.failed"))).toEqual([])
  await end()
})

const anything = fc.jsonValue({ stringUnit: "binary", maxDepth: 3 })
const odd = fc.oneof(
  anything,
  fc.constantFrom<unknown>("", "did:", "a".repeat(5_000), -1, 1e308, 2 ** 53, "\ud800", "../..", null, [[]], {}),
)
const word = fc.oneof(
  fc.constantFrom("nobody", "did:example:nobody", "..", "%00", "0", "-1"),
  fc.string({ unit: "binary", maxLength: 30 }),
)

/** A body with the members that the endpoint knows, each of them anything. */
function bodyOf(schema: Parameters<typeof toJsonSchema>[0]) {
  const { properties = {} } = toJsonSchema(schema, { typeMode: "input", errorMode: "ignore" })
  const members = Object.fromEntries(Object.keys(properties).map((name) => [name, odd]))
  return fc.oneof(fc.record(members, { requiredKeys: [] }), anything)
}

/** Not `String` alone: an object may have a member called toString. */
const textOf = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value))

for (const { method, path, query, body } of endpoints.filter(({ path }) => path !== "/feed")) {
  test(
    `${method} ${path} answers whatever it is sent`,
    async () => {
      const given = body ? bodyOf(body) : fc.constant(undefined)
      const asked = query ? bodyOf(query) : fc.constant({})
      await fc.assert(
        fc.asyncProperty(word, asked, given, async (name, questions, content) => {
          const at = path.replace(/:\w+/g, encodeURIComponent(name.toWellFormed()) || "x")
          const pairs = Object.entries(Object(questions)).map(([key, value]): [string, string] => [
            key.toWellFormed(),
            textOf(value).toWellFormed(),
          ])
          const { status, body } = await call(method, `${at}?${new URLSearchParams(pairs)}`, content)
          expect([200, 204, 400, 401, 403, 404, 405, 409, 413, 429]).toContain(status)
          if (status < 400 || body === null) return
          expect(body.error.code).toMatch(/^[a-z_.]+$/)
          expect(JSON.stringify(body)).not.toMatch(telltale)
        }),
        tries(15, 2),
      )
    },
    whileTrying,
  )
}
