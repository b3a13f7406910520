/** The admin pages without a mouse. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser, Page } from "playwright-core"
import { desk, NAME, PASSWORD } from "../admin/desk.ts"
import { coordination3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openBrowser, screen, settled, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const focused = (page: Page): Promise<string> => page.evaluate("document.activeElement.textContent")

/** Presses Tab until what has the focus says that; resolves with how often. */
async function tabTo(page: Page, words: string): Promise<number> {
  for (let presses = 1; presses <= 40; presses++) {
    await page.keyboard.press("Tab")
    if ((await focused(page)).trim() === words) return presses
  }
  throw new Error(`${words} is not within 40 presses of Tab`)
}

test("who waits is approved with the keyboard alone, from signing in on, and the next one is close by", async () => {
  await using d = await desk({ "admission-mode": "approval" })
  const phones = [createResident(), createResident()]
  const request = { type: `${coordination3}/mediate-request` }
  for (const phone of phones) await d.m.ask(phone, request)
  await using visitor = await visit(browser)
  const { page } = visitor
  await page.goto(screen(d))
  await page.getByLabel("Name").waitFor()
  await page.keyboard.type(NAME)
  await page.keyboard.press("Tab")
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press("Enter")
  await settled(page)
  await page.getByText("2 requests wait for you").waitFor()
  await tabTo(page, "Skip to the page")
  await page.keyboard.press("Enter")
  await tabTo(page, "Approve")
  await page.keyboard.press("Enter")
  await page.getByText("1 request waits for you").waitFor()
  expect(await tabTo(page, "Approve")).toBeLessThan(8)
  await page.keyboard.press("Enter")
  await page.getByText("request waits for you").waitFor({ state: "detached" })
  for (const phone of phones) expect((await d.m.ask(phone, request)).type).toBe(`${coordination3}/mediate-grant`)
})

test("everything can be done with the keyboard: the way to the page is short, and dialogs give the focus back", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, `registrations/${encodeURIComponent(bob.did)}`)
  await page.reload()
  await settled(page)
  await page.keyboard.press("Tab")
  expect(await focused(page)).toBe("Skip to the page")
  await page.keyboard.press("Enter")
  expect(await page.evaluate("document.activeElement.tagName")).toBe("MAIN")
  await page.keyboard.press("Tab")
  expect(await focused(page)).toBe("Registrations")
  await page.getByRole("button", { name: "Suspend" }).focus()
  await page.keyboard.press("Enter")
  await page.getByRole("dialog", { name: /Suspend/ }).waitFor()
  expect(await focused(page)).toBe("Suspend")
  await page.keyboard.press("Escape")
  await page.getByRole("dialog").waitFor({ state: "detached" })
  // The focus comes back a frame after the dialog has gone.
  await page.waitForFunction("document.activeElement.textContent === 'Suspend'")
  expect((await d.ada.call("GET", "/registrations?state=suspended")).body.total).toBe(0)
})
