/** Backups, the doctor, and the mediator's own keys in the admin pages. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser, Page } from "playwright-core"
import { systemClock } from "../../src/base/clock.ts"
import { desk, PASSWORD } from "../admin/desk.ts"
import { createResident } from "../kit/resident.ts"
import { openBrowser, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click()

test("a backup is made and verified, says what going back to it would lose, and is taken along", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await d.m.post(await d.m.letter(createResident(), bob.did, "before"))
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "storage")
  await page.getByText("There is no backup yet").waitFor()
  await press(page, "Back up now")
  const row = page.getByRole("row").filter({ hasText: "verified" })
  await row.waitFor()
  const { items } = (await d.ada.call("GET", "/backups")).body
  expect(items).toMatchObject([{ isVerified: true, messages: 1 }])

  await d.m.post(await d.m.letter(createResident(), bob.did, "after"))
  await row.getByRole("button", { name: "Restore" }).click()
  const asked = page.getByRole("dialog", { name: /Go back to/ })
  await asked.getByText("1 waiting message and").waitFor()
  await asked.getByText("1 message that came since would be lost.").waitFor()
  await page.keyboard.press("Escape")

  await row.getByRole("button", { name: "Verify" }).click()
  await page.getByText("is whole.").waitFor()
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    row.getByRole("button", { name: "Download" }).click(),
  ])
  expect(download.suggestedFilename()).toBe(items[0].name)
  expect(Bun.file(await download.path()).size).toBe(items[0].bytes)

  await row.getByRole("button", { name: "Delete" }).click()
  await press(page, "Delete it")
  await page.getByRole("dialog").getByRole("alert").waitFor()
  expect((await d.ada.call("GET", "/backups")).body.items).toHaveLength(1)
})

test("the doctor looks at everything, says what to do, and looks again; its bundle names nobody", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "doctor")
  const checks = page.locator(".checks li")
  const [first] = await checks.allInnerTexts()
  expect(first).toContain("What to do:")
  expect(await checks.count()).toBe((await d.ada.call("GET", "/doctor")).body.items.length)
  await d.ada.call("POST", "/backups", {})
  await press(page, "Look again")
  await page.getByText("The newest verified backup is").waitFor()
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download" }).click(),
  ])
  const bundle = await Bun.file(await download.path()).text()
  expect(JSON.parse(bundle).checks.length).toBe(await checks.count())
  expect(bundle).not.toContain(bob.did)
})

test("the keys are replaced with an overlap, and are exported sealed; both take the password again", async () => {
  let ahead = 0
  await using d = await desk({}, { clock: { ...systemClock, now: () => systemClock.now() + ahead } })
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "identity")
  const before = (await d.ada.call("GET", "/identity")).body.dids[0].did
  await page.locator(".verbatim").filter({ hasText: before }).waitFor()
  ahead = 6 * 60_000
  await press(page, "Replace the keys")
  await page.getByLabel("Days that the earlier keys stay good").fill("9999")
  await press(page, "Replace them")
  const again = page.getByRole("dialog", { name: "Your password, again" })
  await again.getByLabel("Password").fill(PASSWORD)
  await page.keyboard.press("Enter")
  await page.getByText("A number from 0 to 3650.").waitFor()
  await page.getByLabel("Days that the earlier keys stay good").fill("14")
  await press(page, "Replace them")
  await page.getByRole("heading", { name: "Earlier keys" }).waitFor()
  const after = (await d.ada.call("GET", "/identity")).body
  expect(after.retired).toMatchObject([{ did: before, hasEnded: false }])
  await page.locator(".verbatim").filter({ hasText: after.dids[0].did }).waitFor()
  await page.locator(".verbatim").filter({ hasText: before }).waitFor({ state: "detached" })

  await press(page, "Export the keys")
  await page.getByLabel("Passphrase", { exact: true }).fill("sealed with a kiss")
  await page.getByLabel("The passphrase again").fill("sealed with a kiss")
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Export")])
  expect(download.suggestedFilename()).toBe("restante-identity.sealed")
  const sealed = await Bun.file(await download.path()).text()
  expect(sealed.length).toBeGreaterThan(100)
  expect(sealed).not.toContain(after.dids[0].did)
})

test("the page about it says which version runs, and that these pages are of it", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "about")
  const { version, licences } = (await d.ada.call("GET", "/about")).body
  await page.getByRole("heading", { name: `restante ${version}` }).waitFor()
  await page.getByText("the same that the mediator has").waitFor()
  expect(await page.locator("tbody tr").count()).toBe(licences.length)
})
