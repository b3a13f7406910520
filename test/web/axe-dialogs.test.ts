/** Nothing keeps somebody out where something is asked; and axe, as it is used here, would find what does. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { type Desk, openBrowser, type Scheme, screen, settled, signIn, visit } from "./kit.ts"
import { violations } from "./violations.ts"

setDefaultTimeout(120_000)

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
    await page.getByRole("button", { name: "More" }).click()
    // axe does not know that a dialog lies above all else, and would not read what is before the bar.
    await page.evaluate("document.querySelector('.bar').style.display = 'none'")
    expect(await violations(page)).toEqual([])
    await page.keyboard.press("Escape")
    const { did } = await d.m.resident()
    const dialogs = {
      "": ["Pause intake", "Drain"],
      [`registrations/${encodeURIComponent(did)}`]: ["Set", "Suspend", "Revoke", "Forget"],
      access: ["New invite"],
      admins: ["Make a token", "Add an admin", "Set it up"],
      identity: ["Replace the keys", "Export the keys"],
    }
    for (const [place, names] of Object.entries(dialogs)) {
      await page.goto(screen(d, place))
      await settled(page)
      for (const name of names) {
        await page.getByRole("button", { name, exact: true }).click()
        await page.getByRole("dialog").waitFor()
        await page.locator(".dialog .skeleton").waitFor({ state: "detached" })
        expect([name, ...(await violations(page))]).toEqual([name])
        await page.keyboard.press("Escape")
      }
    }
    await page.goto(screen(d, "settings?text=max_messages"))
    await page.getByLabel("mailbox.max_messages").fill("20")
    await page.getByRole("button", { name: "Review and save" }).click()
    await page.getByRole("dialog", { name: "Save 1 change?" }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "Discard" }).click()
    const { sessions } = (await d.ada.call("GET", "/sessions")).body
    for (const { id, isThis } of sessions) if (!isThis) await d.ada.call("DELETE", `/sessions/${id}`)
    await page.getByRole("dialog", { name: "Your session has ended" }).waitFor()
    expect(await violations(page)).toEqual([])
    // The colour of lines is too faint for words in both schemes.
    await page.evaluate("document.querySelector('.dialog h2').style.color = 'var(--line)'")
    expect((await violations(page)).join()).toContain("color-contrast")
  },
)
