/** Who may come in, managed in the admin pages. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { TOTP } from "otpauth"
import type { Browser, Page } from "playwright-core"
import { desk, NAME, PASSWORD, browser as person } from "../admin/desk.ts"
import { type Desk, openBrowser, screen, settled, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click()

async function signInWith(page: Page, d: Desk, code: string): Promise<void> {
  await page.goto(screen(d, "about"))
  await page.reload()
  await page.getByLabel("Name").fill(NAME)
  await page.getByLabel("Password").fill(PASSWORD)
  await press(page, "Sign in")
  await page.getByLabel("Code").fill(code)
  await press(page, "Sign in")
  await settled(page)
}

test("an authenticator app is set up, then signs in, and so does a recovery code, once", async () => {
  await using d = await desk()
  await using visitor = await visit(browser, { width: 390, height: 844 })
  const { page } = visitor
  await signIn(page, d, "admins")
  await press(page, "Set it up")
  await page.getByRole("img", { name: "QR code for the authenticator app" }).waitFor()
  const totp = new TOTP({ secret: (await page.locator(".dialog code").first().textContent()) ?? "" })
  await page.getByLabel("The code that it shows").fill("000000")
  await press(page, "Turn it on")
  await page.getByText("That is not the code.").waitFor()
  await page.getByLabel("The code that it shows").fill(totp.generate())
  await press(page, "Turn it on")
  await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor()
  const codes = await page.locator(".codes code").allInnerTexts()
  expect(codes).toHaveLength(10)
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Save")])
  expect(await Bun.file(await download.path()).text()).toContain(codes.join("\n"))
  await page.keyboard.press("Escape")
  expect(await page.getByRole("button", { name: "Done" }).isDisabled()).toBe(true)
  await page.getByLabel("I have put them where I will find them").check()
  await press(page, "Done")
  await page.getByText("10 recovery codes left").waitFor()

  await using second = await visit(browser)
  // The code that turned it on does not count twice.
  await signInWith(second.page, d, totp.generate({ timestamp: Date.now() + 30_000 }))
  await using third = await visit(browser)
  await signInWith(third.page, d, codes[3] ?? "")
  await page.getByText("9 recovery codes left").waitFor()

  await press(page, "Turn it off")
  await page.getByRole("dialog").getByRole("button", { name: "Turn it off" }).click()
  await page.getByText("A code from your phone, beside the password").waitFor()
  expect((await person(d.m.admin.url).signIn()).status).toBe(200)
})

test("a token is shown once, works for a program within its scopes, and ends when it is revoked", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "admins")
  await press(page, "Make a token")
  await page.getByLabel("Name").fill("monitor")
  await page.getByLabel("It expires after").selectOption("a week")
  await press(page, "Make it")
  await page.getByText("shown now and never again").waitFor()
  const secret = (await page.locator(".dialog code").textContent()) ?? ""
  expect(secret).toStartWith("rst_")
  await press(page, "I have it")
  const ask = (path: string) =>
    fetch(`${d.m.admin.url}/api${path}`, { headers: { authorization: `Bearer ${secret}` } }).then(
      ({ status }) => status,
    )
  expect([await ask("/status"), await ask("/invites")]).toEqual([200, 403])
  await page.reload()
  await settled(page)
  await page.getByText("expires in 7 days").waitFor()
  expect(await page.content()).not.toContain(secret)
  await press(page, "Revoke")
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click()
  await page.getByText("There is none.").waitFor()
  expect(await ask("/status")).toBe(401)
})

test("an admin is added and removed, the last one cannot be; sessions are ended from afar", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "admins")
  expect(await page.getByRole("button", { name: "Remove" }).count()).toBe(0)
  await press(page, "Add an admin")
  await page.getByLabel("Name").fill("grace")
  await page.getByLabel("Password", { exact: true }).fill("compiler compiler")
  await page.getByLabel("The password again").fill("compiler computer")
  await press(page, "Add")
  await page.getByText("The two are not alike.").waitFor()
  await page.getByLabel("The password again").fill("compiler compiler")
  await press(page, "Add")
  await page.getByText("grace may sign in now.").waitFor()
  const grace = person(d.m.admin.url)
  expect((await grace.signIn("grace", "compiler compiler")).status).toBe(200)

  const hers = page.getByRole("listitem").filter({ hasText: "last seen" }).filter({ hasText: "grace" })
  await hers.getByRole("button", { name: "End it" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "End it" }).click()
  await hers.waitFor({ state: "detached" })
  expect((await grace.call("GET", "/session")).status).toBe(401)

  const line = page.getByRole("listitem").filter({ hasText: "since" }).filter({ hasText: "grace" })
  await line.getByRole("button", { name: "Remove" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
  await line.waitFor({ state: "detached" })
  expect((await grace.signIn("grace", "compiler compiler")).status).toBe(401)
})

test("a new password ends one's other sessions and not this one", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "admins")
  await press(page, "Change it")
  await page.getByLabel("New password").first().fill("difference engine")
  await page.getByLabel("The new password again").fill("difference engine")
  await page.getByRole("dialog").getByRole("button", { name: "Change it" }).click()
  await page.getByText("Your password is changed").waitFor()
  expect((await d.ada.call("GET", "/session")).status).toBe(401)
  expect((await person(d.m.admin.url).signIn(NAME, "difference engine")).status).toBe(200)
  await page.reload()
  await settled(page)
  await page.getByText("All of them may do everything.").waitFor()
})
