/** What an operator looks into when something is the matter: queues, connections, traffic, plots. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser, Page } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { pickup3 } from "../kit/protocols.ts"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { openBrowser, screen, settled, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

test("the fullest queue is first, is emptied after its figures were shown, and is gone from the list", async () => {
  await using d = await desk()
  const [bob, eve] = [await d.m.resident(), await d.m.resident()]
  await d.ada.call("PATCH", `/registrations/${encodeURIComponent(bob.did)}`, { label: "Bob" })
  const sender = createResident()
  for (const letter of ["one", "two", "three"]) await d.m.post(await d.m.letter(sender, bob.did, letter))
  await d.m.post(await d.m.letter(sender, eve.did, "four"))
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "queues?text=nobody")
  await page.getByText("Nothing waits for anybody like that.").waitFor()
  await page.getByLabel("Find by label, note or DID").fill("bob")
  await page.getByText("1 mailbox in all").waitFor()
  const file = await page.getByRole("link", { name: "Export" }).getAttribute("href")
  expect(file).toBe("api/queues/export?format=csv&text=bob")
  await page.getByRole("link", { name: "Queues", exact: true }).click()
  await page.getByText("2 mailboxes in all").waitFor()
  const rows = page.locator("tbody tr")
  expect(await rows.first().textContent()).toContain("Bob")
  await rows.first().getByRole("button", { name: "Empty" }).click()
  await page.getByText("3 waiting messages").waitFor()
  expect(await d.m.inbox(bob)).toHaveLength(3)
  await page.getByRole("button", { name: "Delete the mail" }).click()
  await page.getByText("The mailbox of Bob is empty.").waitFor()
  await page.getByText("1 mailbox in all").waitFor()
  expect(await d.m.inbox(bob)).toHaveLength(0)
  expect(await d.m.inbox(eve)).toHaveLength(1)
})

test("a connection is listed with whose it is, and closing it closes that one alone", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await using first = await openSocket(d.m)
  await first.ask(bob, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
  await using second = await openSocket(d.m)
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "queues/connections")
  await page.getByLabel("Find by label, note, DID or address").fill(bob.did)
  await page.getByText("1 connection in all").waitFor()
  const file = await page.getByRole("link", { name: "Export" }).getAttribute("href")
  expect(file).toBe(`api/connections/export?${new URLSearchParams({ format: "csv", text: bob.did })}`)
  await page.getByLabel("Find by label, note, DID or address").fill("")
  await page.getByText("2 connections in all").waitFor()
  const row = page.locator("tbody tr").filter({ hasText: "live" })
  await row.getByRole("button", { name: "Close" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Close it" }).click()
  await page.getByText("1 connection in all").waitFor()
  expect(await first.closed).toBeGreaterThanOrEqual(1000)
  expect((await d.ada.call("GET", "/connections")).body.total).toBe(1)
  expect(await second.hears(50)).toBe(false)
})

test("limits are changed where they are shown, and what is no limit is refused beside its field", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "traffic")
  const field = page.getByLabel("Requests of a DID, a second")
  await field.fill("plenty")
  await page.getByRole("button", { name: "Save" }).click()
  await page
    .getByRole("alert")
    .filter({ hasText: /whole number|number/ })
    .waitFor()
  await field.fill("7")
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByText("Saved. It counts from now on.").waitFor()
  expect((await d.ada.call("GET", "/limits")).body.perDid.rate).toBe(7)
  await page.getByRole("row", { name: /Requests of a DID 7\/s/ }).waitFor()
})

test("what was refused is said in words, the commonest first", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  const sender = createResident()
  for (let letter = 0; letter < 3; letter++) {
    await d.m.post(await d.m.letter(sender, createResident().did, "to nobody"))
  }
  await signIn(page, d, "traffic")
  const first = page.locator(".reasons li").first()
  await first.filter({ hasText: "recipient.unknown" }).waitFor()
  expect(await first.textContent()).toMatch(/^3The DID/)
})

const drawn = (page: Page) => page.locator(".drawing canvas").first()

test("plots are drawn without a word from the content policy, follow the arrow keys, and can be read as tables", async () => {
  await using d = await desk()
  await using _ = await openSocket(d.m)
  await using visitor = await visit(browser, { scheme: "dark" })
  const { page } = visitor
  await signIn(page, d, "?span=minutes")
  await drawn(page).waitFor()
  const sockets = page.getByRole("region", { name: "Connections" })
  await sockets.getByText("Right now 1 connection; at most 1 connection in the last ten minutes").waitFor()
  const slider = sockets.getByRole("slider")
  await slider.focus()
  await page.keyboard.press("End")
  expect(await slider.getAttribute("aria-valuetext")).toMatch(/^\d\d:\d\d:\d\d: Open 1$/)
  await page.keyboard.press("Home")
  expect(await slider.getAttribute("aria-valuenow")).toBe("0")

  await sockets.getByRole("button", { name: "Show as table" }).click()
  expect(await sockets.getByRole("row").nth(1).textContent()).toMatch(/^\d\d:\d\d:\d\d1$/)
  await sockets.getByRole("button", { name: "Show as drawing" }).click()

  await Promise.all([page.waitForResponse(/step=10&/), page.getByRole("button", { name: "24 h" }).click()])
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
  const ink = () => page.evaluate("document.querySelector('.drawing canvas').toDataURL()")
  const inDark = await ink()
  await page.emulateMedia({ colorScheme: "light" })
  for (let tries = 0; tries < 50 && (await ink()) === inDark; tries++) await Bun.sleep(50)
  expect(await ink()).not.toBe(inDark)
  await page.getByRole("button", { name: "30 days" }).click()
  await page.getByText("Nothing is known of this time yet.").first().waitFor()
  expect(page.url()).toContain("span=month")
  expect(visitor.complaints.filter((complaint) => !complaint.includes("401"))).toEqual([])
})

test("a plot keeps its place while its drawing is on the way", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  await page.route(/assets\/chart-/, async (route) => {
    await released
    await route.continue()
  })
  await signIn(page, d)
  const place = () => page.locator(".plot").last().boundingBox()
  await page.locator(".plot").last().waitFor()
  const before = await place()
  expect(await drawn(page).count()).toBe(0)
  release()
  await drawn(page).waitFor()
  expect(await place()).toEqual(before)
})

test("a list asks for one page of fifty, however long it is", async () => {
  await using d = await desk()
  for (let member = 0; member < 3; member++) {
    const who = await d.m.resident()
    await d.m.post(await d.m.letter(createResident(), who.did, "hello"))
  }
  await using visitor = await visit(browser)
  const { page } = visitor
  const asked: string[] = []
  page.on("request", (request) => asked.push(request.url().split("/api")[1] ?? ""))
  await signIn(page, d, "queues")
  await page.getByText("3 mailboxes in all").waitFor()
  await page.goto(screen(d, "queues/connections"))
  await settled(page)
  for (const list of ["/queues?", "/connections?"]) {
    const pages = asked.filter((path) => path.startsWith(list))
    expect(pages).toHaveLength(1)
    expect(pages[0]).toContain("limit=50")
  }
})

test("where something cannot be loaded the page says why, and tries again when asked to", async () => {
  await using d = await desk()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, "about")
  const broken = /api\/(?:status|audit|history|invites|settings|queues|connections|limits)\b/
  const refusal = { error: { code: "store.failed", message: "The disk said no." } }
  for (const place of ["", "access", "queues", "queues/connections", "traffic"]) {
    await page.route(broken, (route) => route.fulfill({ status: 503, json: refusal }))
    await page.goto(screen(d, place))
    const failed = page.getByRole("alert").filter({ hasText: "The disk said no." })
    await failed.first().waitFor()
    await page.unroute(broken)
    await failed.first().getByRole("button", { name: "Try again" }).click()
    await page.locator(".page :is(table, .empty, .plots, .card > div, .past)").first().waitFor()
  }
})
