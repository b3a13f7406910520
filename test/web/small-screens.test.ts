/** Small screens, and pages that are zoomed: nothing has to be scrolled sideways, and nothing is out of reach. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser, Page } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { type Desk, type Look, openBrowser, places, screen, settled, signIn, visit } from "./kit.ts"
import { populate } from "./people.ts"

setDefaultTimeout(90_000)

const looks: readonly (Look & { readonly called: string })[] = [
  { called: "320 pixels wide", width: 320, height: 640 },
  { called: "zoomed to 200 %", width: 1280, height: 800, zoom: 2 },
]

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

/** What is wider than the page or hangs over its right edge, and not in something that scrolls by itself. */
const overhanging = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const { clientWidth } = document.documentElement
    const scrolls = (one) => one && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement))
    const out = [...document.querySelectorAll("body *")].filter((one) => {
      const { right, width } = one.getBoundingClientRect()
      return width > 0 && right > clientWidth + 1 && !scrolls(one.parentElement) && !one.closest(".visually-hidden")
    })
    const sideways = document.documentElement.scrollWidth - clientWidth
    return [...(sideways > 0 ? ["the page by " + sideways] : []), ...out.map(({ outerHTML }) => outerHTML.slice(0, 120))]
  })()`)

test.each(looks)("on a page that is $called nothing hangs over the edge, on any screen or dialog", async (look) => {
  await using visitor = await visit(browser, look)
  const { page } = visitor
  await signIn(page, d)
  const fits = async (what: string) => expect([what, ...(await overhanging(page))]).toEqual([what])
  for (const place of places) {
    await page.goto(screen(d, place))
    await settled(page)
    await fits(place)
  }
  await page.goto(screen(d, "registrations"))
  await page.getByRole("checkbox").nth(1).check()
  await fits("the bar for many")
  await page.getByRole("link", { name: /Grace/ }).click()
  await page.getByRole("heading", { name: "What happened" }).waitFor()
  await settled(page)
  await fits("a registration")
  await page.getByRole("button", { name: "Forget" }).click()
  await page.getByText("waiting messages").waitFor()
  await fits("a question")
  await page.keyboard.press("Escape")
  await page.goto(screen(d, "access"))
  await page.getByRole("link", { name: "Family" }).click()
  await page.getByRole("img", { name: "QR code of the invite" }).waitFor()
  await fits("an invite")
  await page.goto(screen(d, "admins"))
  await page.getByRole("button", { name: "Set it up" }).click()
  await page.getByRole("img", { name: "QR code for the authenticator app" }).waitFor()
  await fits("a dialog with a code")

  // What is too wide would be found.
  await page.keyboard.press("Escape")
  await page.evaluate("document.querySelector('.page h1').style.inlineSize = '2000px'")
  expect(await overhanging(page)).not.toEqual([])
})
