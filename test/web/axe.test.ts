/** Nothing that keeps somebody out: axe finds no violation, and nothing runs over the edge of a small screen. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser, Page } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { mediator } from "../kit/mediator.ts"
import { type Desk, openBrowser, type Scheme, screen, settled, signIn, visit } from "./kit.ts"
import { populate } from "./people.ts"

setDefaultTimeout(90_000)

/** Every screen that somebody who signed in can open; a new screen adds its place here. */
const screens = [
  "registrations",
  "registrations?state=revoked",
  "welcome/who",
  "welcome/reach",
  "welcome/device",
  "nowhere",
]
const schemes: readonly Scheme[] = ["light", "dark"]

const axe = Bun.file(new URL(import.meta.resolve("axe-core/axe.min.js")))
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

type Violation = { id: string; help: string; nodes: { html: string; any: { data?: { messageKey?: string } }[] }[] }

/** What axe finds on the page as it is, in a line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await axe.text())
  // What stands before elements here only decorates their edges; axe would not judge the text beside it at all.
  await page.evaluate("axe.configure({ checks: [{ id: 'color-contrast', options: { ignorePseudo: true } }] })")
  const { found, unsure, passed }: { found: Violation[]; unsure: Violation[]; passed: number } = await page.evaluate(
    "axe.run().then(({ violations, incomplete, passes }) => ({ found: violations, unsure: incomplete, passed: passes.length }))",
  )
  expect(passed).toBeGreaterThan(15)
  // A background that axe cannot read hides every text on it: that is only so for the arrow of a select.
  const unread = unsure.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes)
  const hidden = unread.filter(
    ({ html, any }) => /^(?:bg|pseudo)/.test(any[0]?.data?.messageKey ?? "") && !html.startsWith("<select"),
  )
  expect(hidden.map(({ html }) => html)).toEqual([])
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`))
}

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
    for (const place of screens) {
      await page.goto(screen(d, place))
      await settled(page)
      expect([place, ...(await violations(page))]).toEqual([place])
    }
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

test("on a screen of 320 pixels nothing has to be scrolled sideways", async () => {
  await using visitor = await visit(browser, { width: 320, height: 640 })
  const { page } = visitor
  await signIn(page, d)
  for (const place of screens) {
    await page.goto(screen(d, place))
    await settled(page)
    expect([place, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([place, 320])
  }
})
