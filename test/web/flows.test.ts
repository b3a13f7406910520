/** A mediator's first day in its admin pages: the built executable, a browser, and wallets of both protocols. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { TOTP } from "otpauth"
import type { Page } from "playwright-core"
import { PASSWORD } from "../admin/desk.ts"
import { meetAt } from "../decentrl/people.ts"
import { coordinate2, pickup3, stranger } from "../interop/sicpa-people.ts"
import { ask } from "../kit/asking.ts"
import { type Executable, executable } from "../kit/executable.ts"
import { identusWallet } from "../kit/identus.ts"
import { coordination3 } from "../kit/protocols.ts"
import { readQr } from "../kit/qr.ts"
import { createResident } from "../kit/resident.ts"
import { openBrowser, settled, type Visit, visit } from "./kit.ts"

setDefaultTimeout(180_000)

const SECOND_PASSWORD = "a compiler is a good idea"
const STEP_MS = 30_000
const GRANTED = 4
const request = { type: `${coordination3}/mediate-request` }

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).click()
const confirm = (page: Page, name: string) => page.getByRole("dialog").getByRole("button", { name }).click()
const fill = (page: Page, label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text)
const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text })

const open = async (page: Page, place: string) => {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`)
  await settled(page)
}
const openDid = (page: Page, did: string) => open(page, `registrations/${encodeURIComponent(did)}`)

/** Makes the first admin with the code that the terminal shows, typed by hand, and decides who may come. */
async function setUp(m: Executable, page: Page): Promise<void> {
  const [, code = ""] = /The setup code is (\S+);/.exec(m.stderr()) ?? []
  await page.goto(`${m.url}/admin`)
  await fill(page, "Setup code", code)
  await fill(page, "Your name", "ada")
  await fill(page, "Password", PASSWORD)
  await fill(page, "The password again", PASSWORD)
  await press(page, "Make the admin")
  await page.getByRole("radio", { name: /Whoever I approve/ }).check()
  await press(page, "Save and go on")
  await press(page, "Go on")
  await page.getByRole("link", { name: "Finish" }).click()
  await page.getByText("All is well.").waitFor()
}

async function enter(page: Page, name: string, password: string): Promise<void> {
  await fill(page, "Name", name)
  await fill(page, "Password", password)
  await press(page, "Sign in")
}

/** Turns the authenticator app on; resolves with a recovery code and the app. */
async function protect(page: Page): Promise<{ totp: TOTP; recovery: string }> {
  await open(page, "admins")
  await press(page, "Set it up")
  const totp = new TOTP({ secret: (await page.locator(".dialog code").first().textContent()) ?? "" })
  await fill(page, "The code that it shows", totp.generate())
  await press(page, "Turn it on")
  const recovery = (await page.locator(".codes code").first().textContent()) ?? ""
  await page.getByLabel("I have put them where I will find them").check()
  await press(page, "Done")
  return { totp, recovery }
}

/** The second admin is made by the first, and comes with a phone. */
async function invitePartner(m: Executable, page: Page, phone: Page): Promise<void> {
  await press(page, "Add an admin")
  await page.getByRole("dialog").getByLabel("Name").fill("grace")
  await fill(page, "Password", SECOND_PASSWORD)
  await fill(page, "The password again", SECOND_PASSWORD)
  await confirm(page, "Add")
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await phone.goto(`${m.url}/admin/#/registrations`)
  await enter(phone, "grace", SECOND_PASSWORD)
  await phone.getByText("Nobody has a mailbox yet").waitFor()
}

/** The modules of the code on the page, as they are drawn. */
async function scan(page: Page): Promise<string> {
  const code = page.getByRole("img", { name: "QR code of the invite" })
  const side = Number((await code.getAttribute("viewBox"))?.split(" ")[2])
  const drawn = (await code.locator("path").getAttribute("d")) ?? ""
  const dark = new Set([...drawn.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`))
  const quiet = Math.min(...[...dark].map((module) => Number(module.split(" ")[0])))
  return readQr(side - 2 * quiet, (x, y) => dark.has(`${x + quiet} ${y + quiet}`))
}

/** Two wallets wait and are let in, each by another admin; a third is refused. Both see all of it. */
async function admit(m: Executable, page: Page, phone: Page) {
  const alice = await stranger(m, "key-n")
  expect((await alice.ask(`${coordinate2}/mediate-request`)).type).toBe(`${coordinate2}/mediate-deny`)
  await open(page, "")
  await page.getByText("1 request waits for you").waitFor()
  await press(phone, "Approve")
  await phone.getByText("is approved.").waitFor()
  await page.getByText("1 request waits for you").waitFor({ state: "detached" })
  expect((await alice.ask(`${coordinate2}/mediate-request`)).type).toBe(`${coordinate2}/mediate-grant`)
  await alice.ask(`${coordinate2}/keylist-update`, { updates: [{ recipient_did: alice.did, action: "add" }] })

  const town = await meetAt(m.url)
  const bob = await town.stranger("bob")
  expect((await bob.register()).status).toBe(202)
  await press(page, "Approve")
  await phone.getByRole("row", { name: /bob .*approved/ }).waitFor()
  expect(await bob.register()).toMatchObject({ status: 200, type: "SUCCESS" })
  const carol = await town.stranger("carol")
  await carol.register()
  await press(phone, "Deny")
  await phone.getByText("is denied.").waitFor()
  expect(await carol.register()).toMatchObject({ status: 403, code: "REGISTRATION_DENIED" })
  return { alice, bob, carol }
}

type People = Awaited<ReturnType<typeof admit>>

/** What was granted is a mailbox: mail goes in and comes out, or is deleted with a warning. */
async function mediate(m: Executable, page: Page, { alice, bob }: People): Promise<void> {
  const sender = await stranger(m, "key-n")
  const send = async (text: string) =>
    sender.wallet.forward(m.url, alice.did, await sender.wallet.letter(alice.did, text))
  expect((await send("hello")).status).toBe(202)
  const [letter] = await alice.waiting()
  expect(letter?.content).toBe("hello")
  await alice.acknowledge([letter?.id ?? ""])
  expect((await bob.publish("news", "bob is here", [])).status).toBe(200)

  await send("one")
  await send("two")
  await openDid(page, alice.did)
  await press(page, "Empty the mailbox")
  await page.getByText("2 waiting messages").waitFor()
  expect(await alice.count()).toBe(2)
  await press(page, "Delete the mail")
  await page.getByText(/The mailbox of .* is empty/).waitFor()
  expect(await alice.count()).toBe(0)
}

/** A socket is closed on request and its wallet may come back, but not while it is suspended; at last it is forgotten. */
async function letGo(m: Executable, page: Page, { alice }: People): Promise<void> {
  const connect = async () => {
    const socket = await alice.wallet.socket(m.wsUrl)
    const live = { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } }
    socket.send(await alice.wallet.pack({ ...live, return_route: "all" }))
    await socket.next()
    return socket
  }
  /** Both the page and the wallet's end of it see that it is gone. */
  const isClosed = async (socket: Awaited<ReturnType<typeof connect>>) => {
    await page.getByRole("heading", { name: "Connected now" }).waitFor({ state: "detached" })
    await expect(socket.next(20_000)).rejects.toThrow("closed")
  }
  const first = await connect()
  await page.reload()
  await press(page, "Disconnect")
  await confirm(page, "Disconnect")
  await isClosed(first)
  const second = await connect()
  await page.reload()
  await page.getByRole("heading", { name: "Connected now" }).waitFor()
  await press(page, "Suspend")
  await confirm(page, "Suspend")
  await isClosed(second)
  expect((await alice.ask(`${pickup3}/status-request`)).body).toMatchObject({ code: "e.p.req.not_enroll" })

  await press(page, "Forget")
  await page.getByText("1 address").waitFor()
  await press(page, "Forget it")
  await page.getByText("is forgotten.").waitFor()
  await page.getByRole("heading", { name: "Registrations", exact: true }).waitFor()
  expect((await alice.ask(`${coordinate2}/mediate-request`)).comment).toContain("waits")
}

/** An invite is made, read off the screen as a camera would, and lets somebody in at once. */
async function welcomeGuest(m: Executable, page: Page, phone: Page): Promise<void> {
  await open(page, "access")
  await press(page, "New invite")
  await fill(page, "For whom", "Edith")
  await press(page, "Make the invite")
  await press(page, "Smaller code")
  const followed = await fetch(await scan(page), { redirect: "manual" })
  const link = new URL(followed.headers.get("location") ?? "")
  const { id } = JSON.parse(Buffer.from(link.searchParams.get("_oob") ?? "", "base64url").toString())
  const answer = await ask(m, createResident(), { ...request, pthid: id })
  expect(answer.type).toBe(`${coordination3}/mediate-grant`)
  await page.getByText("Everybody has come whom it was for.").waitFor()
  await row(phone, "Edith").waitFor()
}

/** A rule that is changed among the settings counts for the next wallet, without a restart. */
async function openToAll(m: Executable, page: Page): Promise<void> {
  await open(page, "settings?section=admission")
  await page.getByLabel("admission.mode", { exact: true }).selectOption("open")
  await press(page, "Review and save")
  await confirm(page, "Save")
  await page.getByText("Saved, and in effect.").waitFor()
  await using wallet = await identusWallet({ mediatorDid: m.did })
  expect(wallet.state).toBe(GRANTED)
  const mine = await wallet.createPeerDid()
  const sender = await stranger(m, "key-n")
  await sender.wallet.forward(m.url, mine, await sender.wallet.letter(mine, "welcome"))
  expect((await wallet.received(1, 20_000)).map(({ body }) => body.content)).toEqual(["welcome"])
}

async function backUp(page: Page): Promise<void> {
  await open(page, "storage")
  await press(page, "Back up now")
  await row(page, "verified").waitFor()
}

/** The other admin ends the session while something is half written; it goes on in place after signing in again. */
async function beInterrupted(page: Page, phone: Page, { bob }: People, recovery: string): Promise<void> {
  await openDid(page, bob.did)
  await fill(page, "Label", "half written")
  await open(phone, "admins")
  const theirs = phone.getByRole("listitem").filter({ has: phone.getByText("ada", { exact: true }) })
  await theirs.getByRole("button", { name: "End it" }).click()
  await confirm(phone, "End it")
  await page.getByText("Your session has ended").waitFor()
  await fill(page, "Password", PASSWORD)
  await press(page, "Sign in")
  await press(page, "Use a recovery code")
  await fill(page, "Recovery code", recovery)
  await press(page, "Sign in")
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await press(page, "Save")
  await page.getByRole("heading", { name: "half written" }).waitFor()
  await open(phone, "registrations")
  await row(phone, "half written").waitFor()
}

/** Nothing but the mediator was asked, and nothing was refused but what had to be. */
function staysInside({ asked, complaints }: Visit, { url }: Executable): void {
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.filter((one) => !one.startsWith(`${url}/admin`) && !one.startsWith("blob:"))).toEqual([])
  expect(complaints.filter((complaint) => !/status of 401/.test(complaint))).toEqual([])
}

test("from the setup code to signing out, everything works in the executable's pages, with real wallets", async () => {
  await using m = await executable(["--limits-per-address", "0", "--backup-schedule", "off"], { isOnTerminal: true })
  await using browser = await openBrowser()
  await using desk = await visit(browser)
  await using pocket = await visit(browser, { width: 390, height: 844, scheme: "dark" })
  const [page, phone] = [desk.page, pocket.page]

  await setUp(m, page)
  const { totp, recovery } = await protect(page)
  await press(page, "Sign out")
  await enter(page, "ada", PASSWORD)
  // The code that turned it on does not count twice.
  await fill(page, "Code", totp.generate({ timestamp: Date.now() + STEP_MS }))
  await press(page, "Sign in")
  await settled(page)
  await open(page, "admins")
  await invitePartner(m, page, phone)
  const people = await admit(m, page, phone)
  await mediate(m, page, people)
  await letGo(m, page, people)
  await welcomeGuest(m, page, phone)
  await openToAll(m, page)
  await backUp(page)
  await beInterrupted(page, phone, people, recovery)
  await press(page, "Sign out")
  await page.getByLabel("Password").waitFor()
  for (const one of [desk, pocket]) staysInside(one, m)

  // What the policy forbids would have been noticed.
  await page.evaluate("document.head.append(Object.assign(document.createElement('style'), { textContent: 'a{}' }))")
  await page.evaluate("new Image().src = 'https://example.org/pixel'")
  await page.waitForTimeout(200)
  expect(desk.complaints.join()).toContain("policy: style-src")
  expect(desk.complaints.join()).toContain("policy: img-src")
})
