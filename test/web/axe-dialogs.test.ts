/** Nothing keeps somebody out where something is asked; and axe, as it is used here, would find what does. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { type Desk, openBrowser, type Scheme, screen, settled, signIn, visit } from "./kit.ts"
import { violations } from "./violations.ts"

setDefaultTimeout(60_000)

const schemes: readonly Scheme[] = ["light", "dark"]

let browser: Browser
let d: Desk
beforeAll(async () => {
  browser = await openBrowser()
  d = await desk()
})
afterAll(async () => {
  await browser.close()
  await d[Symbol.asyncDispose]()
})

test.each(schemes)(
  "axe finds nothing where something is asked, and would find what is hard to read (%s)",
  async (scheme) => {
    await using visitor = await visit(browser, { scheme, width: 390 })
    const { page } = visitor
    await signIn(page, d, "settings?text=max_messages")
    await page.getByLabel("mailbox.max_messages").fill("0")
    await page.getByRole("button", { name: "Review and save" }).click()
    await page.getByRole("alert").waitFor()
    expect(await violations(page)).toEqual([])
    await page.goto(screen(d))
    await page.getByRole("button", { name: "Test", exact: true }).click()
    await page.getByText("Everything works.").waitFor()
    await page.getByRole("button", { name: "Show as table" }).nth(9).click()
    expect(await violations(page)).toEqual([])
    const dialogs = {
      access: ["New invite"],
      admins: ["Make a token", "Add an admin", "Set it up"],
      identity: ["Replace the keys", "Export the keys"],
    }
    for (const [place, names] of Object.entries(dialogs)) {
      await page.goto(screen(d, place))
      await settled(page)
      for (const name of names) {
        await page.getByRole("button", { name, exact: true }).click()
        await page.getByRole("dialog").getByRole("textbox").first().waitFor()
        await page.locator(".dialog .skeleton").waitFor({ state: "detached" })
        expect([name, ...(await violations(page))]).toEqual([name])
        await page.keyboard.press("Escape")
      }
    }
    // The colour of lines is too faint for words in both schemes.
    await page.evaluate("document.querySelector('.page h1').style.color = 'var(--line)'")
    expect((await violations(page)).join()).toContain("color-contrast")
  },
)
