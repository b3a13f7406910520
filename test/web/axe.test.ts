/** Nothing that keeps somebody out: axe finds no violation on any screen. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { mediator } from "../kit/mediator.ts"
import { type Desk, openBrowser, places, type Scheme, screen, settled, signIn, visit } from "./kit.ts"
import { populate } from "./people.ts"
import { violations } from "./violations.ts"

setDefaultTimeout(90_000)

const schemes: readonly Scheme[] = ["light", "dark"]

let browser: Browser
let d: Desk
beforeAll(async () => {
  browser = await openBrowser()
  d = await desk({ "admission-mode": "approval" })
  await populate(d)
})
afterAll(async () => {
  await browser.close()
  await d[Symbol.asyncDispose]()
})

test.each(schemes)("axe finds nothing before somebody is signed in (%s)", async (scheme) => {
  await using fresh = await mediator()
  await using visitor = await visit(browser, { scheme })
  await visitor.page.goto(fresh.admin.setup?.url ?? "")
  await visitor.page.getByLabel("Your name").waitFor()
  expect(await violations(visitor.page)).toEqual([])
  await visitor.page.goto(screen(d))
  await visitor.page.getByLabel("Password").waitFor()
  expect(await violations(visitor.page)).toEqual([])
})

test.each(schemes)("axe finds nothing on any screen, wide or narrow (%s)", async (scheme) => {
  for (const width of [390, 1440]) {
    await using visitor = await visit(browser, { scheme, width })
    const { page } = visitor
    await signIn(page, d)
    for (const place of places) {
      await page.goto(screen(d, place))
      await settled(page)
      expect([place, ...(await violations(page))]).toEqual([place])
    }
    await page.goto(screen(d, "access"))
    await page.getByRole("link", { name: "Family" }).click()
    await page.getByRole("img", { name: "QR code of the invite" }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.goto(screen(d, "registrations"))
    await page.getByRole("link", { name: /Grace/ }).click()
    await page.getByRole("heading", { name: "What happened" }).waitFor()
    await settled(page)
    expect(await violations(page)).toEqual([])
    await page.getByRole("button", { name: "Forget" }).click()
    await page.getByText("waiting messages").waitFor()
    expect(await violations(page)).toEqual([])
  }
})
