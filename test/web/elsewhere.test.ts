/** The admin pages where others put them: below a path of a proxy, and at an address of their own. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk, NAME, PASSWORD } from "../admin/desk.ts"
import { createResident } from "../kit/resident.ts"
import { type Desk, openBrowser, places, settled, visit } from "./kit.ts"
import { populate } from "./people.ts"

setDefaultTimeout(90_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** A proxy that serves what is at `inside` below /post. */
function proxyFor(inside: string) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch(request) {
      const { pathname, search } = new URL(request.url)
      const headers = new Headers(request.headers)
      if (!pathname.startsWith("/post/")) return new Response(null, { status: 404 })
      const { method, body } = request
      const asked = { method, headers, body, redirect: "manual", decompress: false } as const
      return fetch(inside + pathname.slice("/post".length) + search, asked)
    },
  })
}

/** Every screen, what is live, and every kind of file; all of it below `admin`, and without a complaint. */
async function lookAround(d: Desk, admin: string): Promise<void> {
  await populate(d)
  await using visitor = await visit(browser)
  const { page } = visitor
  await page.goto(admin)
  await page.getByLabel("Name").fill(NAME)
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  await settled(page)
  expect(page.url()).toBe(`${admin}/`)
  for (const place of places) {
    await page.goto(`${admin}/#/${place}`)
    await settled(page)
    expect([place, await page.getByRole("alert").count()]).toEqual([place, 0])
  }
  const take = async (place: string, role: "link" | "button", name: string) => {
    await page.goto(`${admin}/#/${place}`)
    const taking = page.waitForEvent("download")
    await page.getByRole(role, { name, exact: true }).click()
    return Bun.file(await (await taking).path()).text()
  }
  expect(await take("registrations", "link", "Export")).toContain("Grace")
  expect(await take("audit", "link", "Export JSON")).toContain("Grace")
  await page.goto(`${admin}/#/storage`)
  await page.getByRole("button", { name: "Back up now" }).click()
  await page.getByRole("row").filter({ hasText: "verified" }).waitFor()
  expect((await take("storage", "button", "Download")).length).toBeGreaterThan(1_000)

  await page.goto(`${admin}/#/registrations`)
  await page.reload()
  await page.getByText("3 requests wait for you").waitFor()
  await d.m.ask(createResident(), { type: "https://didcomm.org/coordinate-mediation/3.0/mediate-request" })
  await page.getByText("4 requests wait for you").waitFor()
  expect(visitor.complaints.filter((complaint) => !complaint.includes("401"))).toEqual([])
  expect(visitor.asked.filter((url) => !url.startsWith(admin) && !url.startsWith("blob:"))).toEqual([])
}

test("below a path of a proxy every screen and file is found, the session is kept, and news come by themselves", async () => {
  await using d = await desk({ "public-url": "http://127.0.0.1:0/post", "admission-mode": "approval" })
  using proxy = proxyFor(new URL(d.m.url).origin)
  await lookAround(d, `http://127.0.0.1:${proxy.port}/post/admin`)
})

test("the same is so at an address of their own", async () => {
  await using d = await desk({ "admin-listen": "127.0.0.1:0", "admission-mode": "approval" })
  expect(new URL(d.m.admin.url).origin).not.toBe(new URL(d.m.url).origin)
  await lookAround(d, d.m.admin.url)
})
