/** What holds for every endpoint that is declared, the next one too. */

import { afterAll, expect, test } from "bun:test"
import { toJsonSchema } from "@valibot/to-json-schema"
import { scopes } from "../../src/admin/api-tokens.ts"
import type { Endpoint } from "../../src/admin/endpoint.ts"
import { browser, declaredEndpoints, desk } from "./desk.ts"

const endpoints = await declaredEndpoints()
const { m, ada, program, [Symbol.asyncDispose]: end } = await desk()
afterAll(end)

const values: Readonly<Record<string, string>> = { did: "did:example:nobody", id: "nothing", name: "nobody" }
const pathOf = ({ path }: Endpoint) => path.replace(/:(\w+)/g, (_, name) => values[name] ?? "x")
const nameOf = ({ method, path }: Endpoint) => `${method} ${path}`
const known = endpoints.filter(({ access }) => access !== "anyone")
const changes = endpoints.filter(({ method }) => method !== "GET")

test("the table is not empty, and only setting up and signing in are open to anyone", () => {
  expect(endpoints.length).toBeGreaterThan(30)
  expect(endpoints.filter(({ access }) => access === "anyone").map(nameOf)).toEqual([
    "GET /setup",
    "POST /setup",
    "POST /session",
  ])
})

for (const one of known) {
  test(`${nameOf(one)} answers nobody who is not known`, async () => {
    const stranger = browser(m.admin.url)
    for (const more of [
      {},
      { authorization: "Bearer rst_wrong" },
      { cookie: "restante=wrong" },
      { authorization: "Basic YTpi" },
    ]) {
      const { status, body } = await stranger.call(one.method, pathOf(one), undefined, more)
      expect({ status, code: body.error.code }).toEqual({ status: 401, code: "admin.unauthenticated" })
    }
  })
}

const others = new Map<string, Awaited<ReturnType<typeof program>>>()
for (const scope of scopes)
  others.set(scope, await program(...scopes.filter((one) => one !== scope && one !== "admin")))
const everything = await program("admin")

for (const one of known) {
  test(`${nameOf(one)} refuses a token without the scope`, async () => {
    const caller = one.access === "session" ? everything : others.get(one.access)
    const { status, body } = (await caller?.call(one.method, pathOf(one))) ?? {}
    const code = one.access === "session" ? "admin.session_only" : "admin.scope"
    expect({ status, code: body.error.code }).toEqual({ status: 403, code })
  })
}

for (const one of changes.filter(({ access }) => access !== "anyone")) {
  test(`${nameOf(one)} refuses a session without its CSRF token, or from elsewhere`, async () => {
    for (const more of [
      { "x-restante-csrf": null },
      { "x-restante-csrf": "0".repeat(64) },
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: null, "sec-fetch-site": null },
    ]) {
      const { status, body } = await ada.call(one.method, pathOf(one), undefined, more)
      expect({ more, status, code: body.error.code }).toEqual({ more, status: 403, code: "admin.csrf" })
    }
  })
}

for (const one of changes.filter(({ access }) => access === "anyone")) {
  test(`${nameOf(one)} is not to be had from another site`, async () => {
    for (const more of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
      expect(await browser(m.admin.url).call(one.method, pathOf(one), {}, more)).toMatchObject({
        status: 403,
        body: { error: { code: "admin.csrf" } },
      })
    }
  })
}

for (const one of endpoints.filter(({ body }) => body !== null)) {
  const { properties = {}, required = [] } = toJsonSchema(one.body as never, { typeMode: "input", errorMode: "ignore" })
  const send = async (body: unknown, more: Record<string, string | null> = {}) => {
    const { status, body: reply } = await ada.call(one.method, pathOf(one), body, more)
    return { status, code: reply.error.code, member: reply.error.member }
  }

  test(`${nameOf(one)} refuses a body that is none, naming what is wrong`, async () => {
    const invalid = { status: 400, code: "admin.invalid" }
    for (const text of [
      "",
      "[]",
      "null",
      "{",
      '{"a":1,"a":2}',
      '{"__proto__":{}}',
      `${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
    ]) {
      expect(await send(text)).toEqual({ ...invalid, member: "body" })
    }
    for (const [name, schema] of Object.entries(properties)) {
      const wrong = (schema as { type?: string }).type === "object" ? 5 : {}
      // What else is missing may be named instead.
      const { status, code, member } = await send({ [name]: wrong })
      expect({ status, code }).toEqual(invalid)
      expect([name, ...required]).toContain(member.split(".")[0])
    }
    const [first] = required
    if (first !== undefined) expect(await send({})).toEqual({ ...invalid, member: first })
    expect((await send({ surprise: 1 })).status).toBe(400)
    expect(await send("{}", { "content-type": "text/plain" })).toMatchObject({ status: 415 })
    expect(await send("{}", { "content-encoding": "gzip" })).toMatchObject({ status: 415 })
    expect(await send(JSON.stringify({ a: "a".repeat(one.maxBody ?? 70_000) }))).toMatchObject({ status: 413 })
  })
}

for (const one of known.filter(({ method }) => method === "GET")) {
  test(`${nameOf(one)} refuses a query that it does not know`, async () => {
    expect(await ada.call("GET", `${pathOf(one)}?surprise=1`)).toMatchObject({
      status: 400,
      body: { error: { member: "surprise" } },
    })
  })
}

test("every answer forbids being kept, framed, or read by other sites", async () => {
  for (const [method, path, status] of [
    ["GET", "/status", 200],
    ["GET", "/nothing", 404],
    ["PUT", "/status", 405],
    ["OPTIONS", "/status", 405],
    ["GET", "/registrations/did:example:nobody", 404],
  ] as const) {
    const { headers, ...reply } = await ada.call(method, path, undefined, { origin: "https://evil.example" })
    expect({ path, status: reply.status }).toEqual({ path, status })
    expect(headers.get("cache-control")).toBe("no-store")
    expect(headers.get("access-control-allow-origin")).toBeNull()
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'")
    expect(headers.get("x-content-type-options")).toBe("nosniff")
  }
})

test("the OpenAPI document lists every endpoint, with its parameters and what it takes and gives", async () => {
  const { body: document } = await ada.call("GET", "/openapi.json")
  expect(document.openapi).toBe("3.1.0")
  const listed = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  )
  expect(listed.sort()).toEqual(endpoints.map(nameOf).sort())
  for (const one of endpoints) {
    const operation = document.paths[one.path.replace(/:(\w+)/g, "{$1}")][one.method.toLowerCase()]
    const inPath = operation.parameters.filter((parameter: { in: string }) => parameter.in === "path")
    expect(inPath.map(({ name }: { name: string }) => name)).toEqual(
      [...one.path.matchAll(/:(\w+)/g)].map(([, name]) => name),
    )
    expect(operation.summary).toMatch(/\.$/)
    expect(operation.requestBody !== undefined).toBe(one.body !== null)
    expect(Object.keys(operation.responses)).toEqual(["200", "default"])
    expect(operation.security.length === 0).toBe(one.access === "anyone")
  }
  for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    expect(reference?.split("/").reduce((node, step) => node?.[step], document)).toBeDefined()
  }
})
