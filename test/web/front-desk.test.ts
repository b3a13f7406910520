/** What an operator looks at and does first: home, invites, admission. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { coordination3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openBrowser, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

const request = { type: `${coordination3}/mediate-request` }
const grant = `${coordination3}/mediate-grant`

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** The id that an invitation's link carries. */
const idOf = (url: string): string =>
  JSON.parse(Buffer.from(new URL(url).searchParams.get("_oob") ?? "", "base64url").toString()).id

test("an invite is made, shown as a code, used by a wallet, and then said to be used up", async () => {
  await using d = await desk()
  await d.ada.call("PATCH", "/settings", { values: { "admission.mode": "invite" } })
  await using visitor = await visit(browser, { width: 390, height: 844 })
  const { page } = visitor
  await signIn(page, d, "access")
  await page.getByText("No invites yet").waitFor()
  await page.getByRole("button", { name: "New invite" }).click()
  await page.getByLabel("For whom").fill("Grace")
  await page.getByLabel("How many may come").fill("none")
  await page.getByRole("button", { name: "Make the invite" }).click()
  await page.getByText("A whole number, 1 or more.").waitFor()
  await page.getByLabel("How many may come").fill("1")
  await page.getByRole("button", { name: "Make the invite" }).click()
  await page.getByRole("img", { name: "QR code of the invite" }).waitFor()
  await page.getByRole("heading", { name: "Grace" }).waitFor()

  const [long, code] = await page.locator(".verbatim code").allTextContents()
  await page.getByRole("button", { name: "Smaller code" }).click()
  const short = (await page.locator(".verbatim code").first().textContent()) ?? ""
  expect(short.length).toBeLessThan(100)
  const followed = await fetch(short, { redirect: "manual" })
  expect(followed.headers.get("location")).toBe(long ?? "")
  expect(idOf(long ?? "")).toBe(code ?? "")

  const phone = createResident()
  expect((await d.m.ask(phone, { ...request, pthid: code })).type).toBe(grant)
  await page.getByText("Everybody has come whom it was for.").waitFor()
  await page.getByRole("link", { name: "Invites & access", exact: true }).first().click()
  await page.getByRole("cell", { name: "used up" }).waitFor()
  await page.getByRole("cell", { name: "0 of 1" }).waitFor()
  expect((await d.ada.call("GET", "/registrations?text=Grace")).body.items[0].did).toBe(phone.did)
})

test("an invite that is revoked admits nobody any more", async () => {
  await using d = await desk()
  await d.ada.call("PATCH", "/settings", { values: { "admission.mode": "invite" } })
  const { body: invite } = await d.ada.call("POST", "/invites", { label: "Astray" })
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "access?text=nobody")
  await page.getByText("No invite fits").waitFor()
  await page.getByLabel("Find an invite by label").fill("astray")
  await page.getByRole("link", { name: "Astray" }).waitFor()
  const file = await page.getByRole("link", { name: "Export invites" }).getAttribute("href")
  expect(file).toBe("api/invites/export?format=csv&text=astray")
  await page.getByRole("button", { name: "Revoke" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click()
  await page.getByRole("cell", { name: "revoked" }).waitFor()
  const answer = await d.m.ask(createResident(), { ...request, pthid: invite.id })
  expect(answer.type).not.toBe(grant)
})

test("the rule for newcomers and the list of those who are always let in count from the moment they are saved", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  const phone = createResident()
  await signIn(page, d, "access")
  await page.getByRole("radio", { name: /Nobody new/ }).check()
  await page.getByRole("button", { name: "Save", exact: true }).click()
  await page.getByText("From now on this is the rule.").waitFor()
  expect((await d.m.ask(phone, request)).type).not.toBe(grant)

  const allowed = page.getByRole("form", { name: "Always let in" })
  await allowed.getByLabel("One on each line").fill("did:web\nnot a did at all")
  await allowed.getByRole("button", { name: "Save the list" }).click()
  await allowed.getByRole("alert").waitFor()
  await allowed.getByLabel("One on each line").fill("did:peer")
  await allowed.getByRole("button", { name: "Save the list" }).click()
  await page.getByText("The list is saved.").waitFor()
  expect((await d.m.ask(phone, request)).type).toBe(grant)
})

test("a rule that the start says is shown with where it comes from, and cannot be changed here", async () => {
  await using d = await desk({ "admission-mode": "approval" })
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "access")
  await page.getByText("said by flag --admission-mode").waitFor()
  expect(await page.getByRole("radio").count()).toBe(0)
})

test("the intake is paused after a question, home says so, and it is resumed with one press", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  const letter = await d.m.letter(createResident(), bob.did, "hello")
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d)
  await page.getByRole("button", { name: "Pause intake" }).click()
  expect((await d.ada.call("GET", "/intake")).body.mode).toBe("open")
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click()
  await page.getByText("Nothing new is taken in.").waitFor()
  expect((await d.m.post(letter)).status).toBe(503)
  await page.getByRole("button", { name: "Resume intake" }).click()
  await page.getByRole("button", { name: "Pause intake" }).waitFor()
  expect((await d.m.post(letter)).status).toBe(202)
})

test("the test goes the whole way and says how long each hop took", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d)
  await page.getByRole("button", { name: "Test", exact: true }).click()
  await page.getByText("Everything works.").waitFor()
  expect(await page.locator(".hops .done").count()).toBe(6)
  expect((await page.locator(".hops b").allTextContents()).every((text) => /\d/.test(text))).toBe(true)
  expect((await d.ada.call("GET", "/registrations")).body.total).toBe(0)
})

test("a test that fails on the way says where and why", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d)
  await d.ada.call("POST", "/intake", { mode: "paused" })
  await page.getByRole("button", { name: "Test", exact: true }).click()
  await page.locator(".hops .failed").waitFor()
  expect(await page.locator(".hops .failed").textContent()).toMatch(/^It accepts a letterfailed\S.* /)
  expect(await page.locator(".hops .skipped").count()).toBe(2)
  expect(await page.getByText("Everything works.").count()).toBe(0)
})

test("who asks for a mailbox is approved from home, and the figures follow", async () => {
  await using d = await desk({ "admission-mode": "approval" })
  await using visitor = await visit(browser, { width: 390, height: 844 })
  const { page } = visitor
  await signIn(page, d)
  const phone = createResident()
  await d.m.ask(phone, request)
  await page.getByRole("button", { name: "Approve" }).click()
  await page.getByText("is approved.").waitFor()
  const mailboxes = page.locator(".figures div").filter({ hasText: "Mailboxes" }).locator("a")
  await mailboxes.filter({ hasText: "1" }).waitFor()
  expect((await d.m.ask(phone, request)).type).toBe(grant)
})
