/** The admin pages as files over HTTP. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { createPages } from "../../src/admin/pages.ts"
import { buildPages } from "../../web/build.ts"
import { mediator } from "../kit/mediator.ts"

setDefaultTimeout(60_000)

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// `fetch` would decompress what it gets, and follow where it is sent.
const get = (url: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(url, { method, redirect: "manual", decompress: false, headers: { "accept-encoding": "identity", ...headers } })

test("the page is never kept unasked, its files for good; both say what they are and what they may do", async () => {
  await using m = await mediator()
  const page = await get(`${m.admin.url}/`)
  expect(page.status).toBe(200)
  expect(Object.fromEntries(page.headers)).toMatchObject({
    "cache-control": "no-cache",
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  })
  const html = await page.text()
  const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, name = ""]) => name)
  expect(files.length).toBeGreaterThan(2)
  for (const name of files) {
    expect(name).toMatch(/^assets\/[\w-]+\.(?:js|css|svg)$/)
    const file = await get(`${m.admin.url}/${name}`)
    expect([name, file.status, file.headers.get("cache-control")]).toEqual([
      name,
      200,
      "public, max-age=31536000, immutable",
    ])
    expect(file.headers.get("content-type")).toMatch(/^(?:text\/javascript|text\/css|image\/svg\+xml)/)
    await file.body?.cancel()
  }
})

test("a file comes in the coding that the browser takes, each with a tag of its own, and not twice", async () => {
  await using m = await mediator()
  const url = `${m.admin.url}/`
  const plain = await (await get(url)).text()
  const opened = { br: brotliDecompressSync, gzip: gunzipSync }
  const tags = new Set<string>()
  for (const coding of ["br", "gzip"] as const) {
    const answer = await get(url, { "accept-encoding": coding })
    expect(answer.headers.get("content-encoding")).toBe(coding)
    expect(answer.headers.get("vary")).toBe("Accept-Encoding")
    expect(opened[coding](await answer.bytes()).toString()).toBe(plain)
    const tag = answer.headers.get("etag") ?? ""
    tags.add(tag)
    const again = await get(url, { "accept-encoding": coding, "if-none-match": `"x", W/${tag}` })
    expect([again.status, await again.text()]).toEqual([304, ""])
  }
  expect(tags.size).toBe(2)
  expect((await get(url, { "accept-encoding": "br;q=0, gzip;q=0.5" })).headers.get("content-encoding")).toBe("gzip")
})

test("HEAD says what GET would; other methods and unknown names are refused in a sentence", async () => {
  await using m = await mediator()
  const head = await get(`${m.admin.url}/`, {}, "HEAD")
  expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([
    200,
    "text/html; charset=utf-8",
    "",
  ])
  expect((await get(`${m.admin.url}/`, {}, "POST")).status).toBe(405)
  const unknown = await get(`${m.admin.url}/assets/main-00000000.js`)
  expect([unknown.status, unknown.headers.get("cache-control")]).toEqual([404, "no-store"])
  expect(await unknown.text()).toContain("no such page")
})

test("/admin leads to /admin/ whatever stands before it, and an address of its own leads there, too", async () => {
  await using m = await mediator({ "admin-listen": "127.0.0.1:0" })
  const { origin } = new URL(m.admin.url)
  const where = async (path: string) => (await get(`${origin}${path}`)).headers.get("location") ?? ""
  expect(new URL(await where("/admin"), "https://example.org/post/admin").href).toBe("https://example.org/post/admin/")
  expect(new URL(await where("/"), "https://example.org/post/").href).toBe("https://example.org/post/admin/")
  expect((await get(`${origin}/admin/`)).status).toBe(200)
  expect((await get(`${origin}/did`)).status).toBe(404)
})

test("a build without pages says so", async () => {
  const serve = createPages(async () => null)
  const answer = await serve(new Request("http://localhost/admin/"), "/admin/")
  expect([answer.status, await answer.text()]).toEqual([
    404,
    "This build of restante has no admin pages; the API is at /admin/api.\n",
  ])
})

test("the pages stay small: what is loaded first, and what each screen adds", async () => {
  const assets = await buildPages()
  const html = gunzipSync(assets[0]?.gzip ?? new Uint8Array()).toString()
  const sizes = (ending: string, isFirst: boolean) =>
    assets
      .filter(({ path }) => path.endsWith(ending) && html.includes(path) === isFirst)
      .map(({ gzip }) => gzip.byteLength)
  const sum = (all: readonly number[]) => all.reduce((total, size) => total + size, 0)
  expect(sum(sizes(".css", true))).toBeLessThan(10 * 1024)
  expect(sum(sizes(".js", true))).toBeWithin(5 * 1024, 60 * 1024)
  for (const size of sizes(".js", false)) expect(size).toBeLessThan(40 * 1024)
})
