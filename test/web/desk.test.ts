/** The admin pages as an operator uses them. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { TOTP } from "otpauth"
import type { Browser } from "playwright-core"
import { systemClock } from "../../src/base/clock.ts"
import { desk, NAME, PASSWORD } from "../admin/desk.ts"
import { coordination3, mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openBrowser, screen, settled, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

const MINUTE = 60_000
const request = { type: `${coordination3}/mediate-request` }

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** The system's clock, which can be put forward. */
function movableClock() {
  let ahead = 0
  const pass = (ms: number) => {
    ahead += ms
  }
  return { ...systemClock, now: () => systemClock.now() + ahead, pass }
}

test("the setup link leads to the first admin, and the first wallet that comes turns the page green", async () => {
  await using m = await mediator({ "admission-mode": "approval", "limits-per-address": "0" })
  await using visitor = await visit(browser, { width: 390, height: 844 })
  const { page } = visitor
  await page.goto(m.admin.setup?.url ?? "")
  expect(await page.getByLabel("Setup code").inputValue()).toBe(m.admin.setup?.code ?? "")
  await page.getByLabel("Your name").fill(NAME)
  await page.getByLabel("Password", { exact: true }).fill("too short")
  await page.getByLabel("The password again").fill("too short")
  await page.getByRole("button", { name: "Make the admin" }).click()
  await page.getByText("A password must have from 12 to 256 characters.").waitFor()
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await page.getByLabel("The password again").fill(PASSWORD)
  await page.getByRole("button", { name: "Make the admin" }).click()

  await page.getByRole("button", { name: "Leave it so" }).click()
  await page.getByText("Only programs on this very machine").waitFor()
  await page.getByRole("button", { name: "Go on" }).click()
  await page.getByRole("img", { name: "QR code of the invitation" }).waitFor()
  const phone = createResident()
  await m.ask(phone, request)
  await page.getByRole("button", { name: "Approve" }).click()
  await page.getByText("The first letter can come").waitFor()
  expect((await m.ask(phone, request)).type).toBe(`${coordination3}/mediate-grant`)
  expect(page.url()).not.toContain("setup=")
  await page.goto(m.admin.setup?.url ?? "")
  await page.reload()
  await settled(page)
  expect(new URL(page.url()).hash).toBe("#/")
})

test("a wrong password is refused, and after many of them the page counts down how long one has to wait", async () => {
  const clock = movableClock()
  await using d = await desk({}, { clock })
  await using visitor = await visit(browser)
  const { page } = visitor
  await page.goto(screen(d))
  await page.getByLabel("Name").fill(NAME)
  await page.getByLabel("Password").fill("not the password")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText("The name, the password or the code is wrong.").waitFor()
  for (let attempt = 0; attempt < 10; attempt++) {
    clock.pass(MINUTE)
    await d.ada.signIn(NAME, "not the password")
  }
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText("There were too many attempts. The next one can be made in").waitFor()
  expect(await page.getByRole("button", { name: /^Wait \d+ s$/ }).isDisabled()).toBe(true)
})

test("an authenticator app is asked for its code, and signing out ends it", async () => {
  await using d = await desk()
  const { body } = await d.ada.call("POST", "/totp")
  const totp = new TOTP({ secret: body.secret })
  await d.ada.call("POST", "/totp/confirm", { code: totp.generate() })
  await using visitor = await visit(browser)
  const { page } = visitor
  await page.goto(screen(d, "registrations"))
  await page.getByLabel("Name").fill(NAME)
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  // The code that turned it on does not count twice.
  await page.getByLabel("Code").fill(totp.generate({ timestamp: Date.now() + 30_000 }))
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByRole("heading", { name: "Registrations", exact: true }).waitFor()
  await page.getByRole("button", { name: "Sign out" }).click()
  await page.getByLabel("Password").waitFor()
})

test("whoever asks appears by itself, and is approved with one press", async () => {
  await using d = await desk({ "admission-mode": "approval" })
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "registrations")
  await page.getByText("Nobody has a mailbox yet").waitFor()
  const phone = createResident()
  await d.m.ask(phone, request)
  await page.getByText("1 request waits for you").waitFor()
  await page.getByRole("button", { name: "Approve" }).click()
  await page.getByText("is approved.").waitFor()
  expect((await d.m.ask(phone, request)).type).toBe(`${coordination3}/mediate-grant`)
})

test("what cannot be undone shows its figures, takes the password when that was long ago, and is then done", async () => {
  const clock = movableClock()
  await using d = await desk({}, { clock })
  const bob = await d.m.resident()
  await d.m.post(await d.m.letter(createResident(), bob.did, "a letter"))
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, `registrations/${encodeURIComponent(bob.did)}`)
  clock.pass(6 * MINUTE)
  await page.getByRole("button", { name: "Forget" }).click()
  const again = page.getByRole("dialog", { name: "Your password, again" })
  await again.getByLabel("Password").fill("not the password")
  await page.keyboard.press("Enter")
  await page.getByText("That is not your password.").waitFor()
  await again.getByLabel("Password").fill(PASSWORD)
  await page.keyboard.press("Enter")
  await page.getByText("1 waiting message").waitFor()
  await page.getByRole("button", { name: "Forget it" }).click()
  await page.getByText("is forgotten.").waitFor()
  expect((await d.ada.call("GET", `/registrations/${encodeURIComponent(bob.did)}`)).status).toBe(404)
})

test("many are suspended at once, after the page has said how many", async () => {
  await using d = await desk()
  const [bob] = [await d.m.resident(), await d.m.resident()]
  await d.ada.call("POST", `/registrations/${encodeURIComponent(bob.did)}/transition`, { transition: "suspend" })
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "registrations")
  await page.getByLabel("Select all on this page").check()
  await page.getByRole("button", { name: "Suspend" }).click()
  await page.getByText("1 will be suspended, 1 cannot be").waitFor()
  expect((await d.ada.call("GET", "/registrations?state=suspended")).body.total).toBe(1)
  await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click()
  await page.getByText("1 registration suspended, 1 not.").waitFor()
  expect((await d.ada.call("GET", "/registrations?state=suspended")).body.total).toBe(2)
})

test("what is listed can be taken along as a file", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "registrations")
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export" }).click(),
  ])
  expect(download.suggestedFilename()).toMatch(/^restante-registrations-[\d-]+\.csv$/)
  expect(await Bun.file(await download.path()).text()).toContain(bob.did)
})

test("filters are in the address: a reload keeps them, and Back comes back to them", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await d.ada.call("PATCH", `/registrations/${encodeURIComponent(bob.did)}`, { label: "Bob" })
  await d.m.resident()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "registrations")
  await page.keyboard.press("/")
  await page.keyboard.type("bob")
  await page.getByText("1 registration in all").waitFor()
  const file = await page.getByRole("link", { name: "Export" }).getAttribute("href")
  expect(file).toBe("api/registrations/export?format=csv&text=bob")
  await page.getByRole("link", { name: /Bob/ }).click()
  await page.getByRole("heading", { name: "Bob" }).waitFor()
  await page.goBack()
  await page.getByText("1 registration in all").waitFor()
  await page.reload()
  await page.getByText("1 registration in all").waitFor()
  expect(await page.getByLabel("Find by label, note or DID").inputValue()).toBe("bob")
  await page.getByRole("link", { name: "Registrations" }).first().click()
  await page.getByText("2 registrations in all").waitFor()
  expect(await page.getByLabel("Find by label, note or DID").inputValue()).toBe("")
})

test("a session that ends leaves the page as it is, and signing in again goes on there", async () => {
  const clock = movableClock()
  await using d = await desk({}, { clock })
  const bob = await d.m.resident()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, `registrations/${encodeURIComponent(bob.did)}`)
  await page.getByLabel("Label", { exact: true }).fill("half written")
  clock.pass(31 * MINUTE)
  const overlay = page.getByRole("dialog", { name: "Your session has ended" })
  await overlay.getByLabel("Password").fill(PASSWORD)
  await overlay.getByRole("button", { name: "Sign in" }).click()
  await overlay.waitFor({ state: "detached" })
  expect(await page.getByLabel("Label", { exact: true }).inputValue()).toBe("half written")
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByRole("heading", { name: "half written" }).waitFor()
})

test("without a connection the page says so and keeps what it has, and it comes back by itself", async () => {
  await using d = await desk()
  await d.m.resident()
  await using visitor = await visit(browser)
  const { page, context } = visitor
  await signIn(page, d, "registrations")
  await page.getByText("1 registration in all").waitFor()
  await context.setOffline(true)
  await page.getByText("The mediator does not answer.").waitFor()
  await page.getByText("1 registration in all").waitFor()
  await context.setOffline(false)
  await page.getByText("The mediator does not answer.").waitFor({ state: "detached" })
  await d.m.resident()
  await page.getByText("2 registrations in all").waitFor()
})
