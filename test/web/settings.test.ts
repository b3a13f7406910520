/** Settings and the audit in the admin pages. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser, Page } from "playwright-core"
import { desk, PASSWORD, browser as person } from "../admin/desk.ts"
import { type Desk, openBrowser, screen, settled, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const settingAt = async ({ ada }: Desk, key: string) => {
  const { body } = await ada.call("GET", "/settings")
  return body.settings.find((one: { key: string }) => one.key === key)
}
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click()
const dialog = (page: Page, name: RegExp) => page.getByRole("dialog", { name })

test("a setting is changed after its difference was shown, counts at once, and goes back to what it was", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "settings?section=mailbox")
  await page.getByLabel("mailbox.max_messages").fill("20")
  await page.getByLabel("mailbox.ttl").fill("36")
  await page.getByLabel("Unit").nth(2).selectOption("hours")
  await press(page, "Review and save")
  const review = dialog(page, /Save 2 changes/)
  await review.getByRole("listitem").nth(1).waitFor()
  expect(await review.getByRole("listitem").allInnerTexts()).toEqual([
    expect.stringMatching(/max_messages[\s\S]*1000[\s\S]*20$/),
    expect.stringMatching(/ttl[\s\S]*"7d"[\s\S]*"36h"$/),
  ])
  expect((await settingAt(d, "mailbox.ttl")).chosen).toBe(null)
  await review.getByRole("button", { name: "Save" }).click()
  await page.getByText("Saved, and in effect.").waitFor()
  expect((await settingAt(d, "mailbox.ttl")).value).toBe('"36h"')
  expect((await settingAt(d, "mailbox.max_messages")).value).toBe("20")

  await page.getByRole("button", { name: "Reset" }).first().click()
  await page.getByText("Nothing will be chosen here any more.").waitFor()
  await press(page, "Review and save")
  await dialog(page, /Save 1 change/)
    .getByRole("button", { name: "Save" })
    .click()
  await page.getByText("Nothing will be chosen here any more.").waitFor({ state: "detached" })
  expect((await settingAt(d, "mailbox.max_messages")).chosen).toBe(null)
  expect(await page.getByLabel("mailbox.max_messages").inputValue()).toBe("1000")
})

test("a bad value is refused in the API's words beside its field, and nothing is saved", async () => {
  await using d = await desk()
  await using visitor = await visit(browser, { width: 390, height: 844 })
  const { page } = visitor
  await signIn(page, d, "settings?text=per_did")
  const field = page.getByLabel("limits.per_did")
  await field.fill("many")
  await press(page, "Review and save")
  const wrong = page.getByRole("alert")
  await wrong.waitFor()
  expect(await wrong.textContent()).toBe("It must be a whole number from 0 to 1000000")
  expect(await field.getAttribute("aria-invalid")).toBe("true")
  expect(await field.getAttribute("aria-describedby")).toContain(await wrong.getAttribute("id"))
  expect((await settingAt(d, "limits.per_did")).chosen).toBe(null)
  await press(page, "Undo")
  expect(await field.inputValue()).toBe("25")
})

test("what waits for a restart is marked with what counts until then; what a flag says cannot be changed", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "settings?section=decentrl")
  await page.getByLabel("decentrl.max_tags", { exact: true }).fill("8")
  await press(page, "Review and save")
  await dialog(page, /Save 1 change/)
    .getByText("after a restart")
    .waitFor()
  await dialog(page, /Save 1 change/)
    .getByRole("button", { name: "Save" })
    .click()
  await page.getByText("1 setting will count after the next start").waitFor()
  await page.getByRole("link", { name: "Show them" }).click()
  await page.getByText("until then 32").waitFor()
  expect(await page.getByLabel("decentrl.max_tags", { exact: true }).inputValue()).toBe("8")
  expect(await page.getByRole("heading", { level: 3 }).count()).toBe(1)

  await page.goto(screen(d, "settings?text=per_address"))
  await page.getByText("Change it where it is said: flag --limits-per-address.").waitFor()
  expect(await page.getByLabel("limits.per_address", { exact: true }).count()).toBe(0)
})

test("two admins at once see what the other does", async () => {
  await using d = await desk()
  await d.ada.call("POST", "/admins", { name: "grace", password: PASSWORD })
  const grace = person(d.m.admin.url)
  await grace.signIn("grace")
  await using left = await visit(browser)
  await using right = await visit(browser)
  await signIn(left.page, d, "audit")
  await signIn(right.page, d, "settings?section=limits")
  await grace.call("PATCH", "/settings", { values: { "limits.per_did": "7" } })
  const line = left.page.getByRole("listitem").filter({ hasText: "grace changed limits.per_did" })
  await line.waitFor()
  expect(await line.locator("del, ins").allInnerTexts()).toEqual(["25", "7"])
  await right.page.getByRole("button", { name: "Reset" }).waitFor()
  expect(await right.page.getByLabel("limits.per_did").inputValue()).toBe("7")
})

test("the audit is searched, says whether its chain holds, and is taken along as it is filtered", async () => {
  await using d = await desk()
  await d.m.resident()
  await d.ada.call("POST", "/tokens", { name: "monitor", scopes: ["read"], expiresIn: null })
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "audit")
  await page.getByText(/^\d+ lines, the chain unbroken\.$/).waitFor()
  await page.getByLabel("About").selectOption("Tokens")
  await page.getByText("ada made the token").waitFor()
  await page.getByText("ada became an admin").waitFor({ state: "detached" })
  expect(await page.locator(".journal li").count()).toBe(1)
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export JSON" }).click(),
  ])
  const lines = (await Bun.file(await download.path()).text()).trim().split("\n")
  expect(lines.map((one) => JSON.parse(one).action)).toEqual(["token.create"])
  await page.goto(screen(d, "audit?text=nobody-did-this"))
  await page.getByText("No line fits").waitFor()
  await page.getByRole("link", { name: "Show all" }).click()
  await settled(page)
  await page.getByText("ada became an admin").waitFor()
})
