/** The pictures in the docs, from a mediator with two days' life in it: `bun test/web/pictures.ts`. */

import { mkdirSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { systemClock } from "../../src/base/clock.ts"
import { desk } from "../admin/desk.ts"
import { temporaryFolder } from "../bench/leftovers.ts"
import { createClient, meet } from "../kit/decentrl.ts"
import { coordination3, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { type Desk, type Look, openBrowser, screen, settled, signIn, visit } from "./kit.ts"
import { inventPast } from "./past.ts"

const HOUR = 3_600_000
const MOST_BYTES = 150 * 1024
const QUALITY = 0.9
const SOON_MS = 500
const into = new URL("../../docs/pictures/", import.meta.url).pathname
const request = { type: `${coordination3}/mediate-request` }

/** Who came when, in hours ago; letters that wait, and since when; what is different about them. */
const members = [
  { label: "Anna’s phone", came: 47, letters: 0, since: 0, isOnline: true },
  { label: "Bert’s laptop", came: 46, letters: 12, since: 9 },
  { label: "Kitchen tablet", came: 44, letters: 0, since: 0, isOnline: true },
  { label: "Clara’s phone", came: 30, letters: 16, since: 14, maxMessages: 20 },
  { label: "Allotment society", came: 29, letters: 3, since: 2, isOnline: true },
  { label: "Dora", came: 28, letters: 9, since: 26, isSuspended: true },
  { label: "Ham radio club", came: 22, letters: 6, since: 5 },
  { label: "Mail bridge", came: 8, letters: 14, since: 1 },
] as const
/** Who waits for an answer, in hours ago. */
const askers = [0.6, 0.2]

type Member = (typeof members)[number]
type Act = { readonly ago: number; readonly act: () => Promise<unknown> }

const flags = {
  "public-url": "https://post.example.org",
  "admin-listen": "127.0.0.1:0",
  "admission-mode": "approval",
  "limits-per-address": "0",
  "limits-forwards-per-address": "0",
  "admin-session-idle": "1d",
  "admin-session-absolute": "7d",
}

using folder = temporaryFolder()
const online: Resident[] = []
await live()
const { bavail, bsize } = statfsSync(folder.path)
const waiting = members.reduce((sum, { letters }) => sum + letters, 0)
writeFileSync(join(folder.path, "history"), inventPast({ at: Date.now(), waiting, freeBytes: bavail * bsize }))

await using m = await mediator({ ...flags, "data-dir": folder.path })
const bob = await createClient(await meet(m.url), "Emil")
await bob.register()
await using sockets = new AsyncDisposableStack()
for (const who of online) {
  const socket = sockets.use(await openSocket(m))
  await socket.ask(who, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
}
const sender = createResident()
for (let letter = 0; letter < 3; letter++) {
  const to = online[letter % online.length]
  if (to) await m.post(await m.letter(sender, to.did, "hello"))
}
for (const who of online.slice(0, 2)) {
  const ids = (await m.inbox(who)).map(({ id }) => id)
  await m.ask(who, { type: `${pickup3}/messages-received`, body: { message_id_list: ids } })
}
mkdirSync(into, { recursive: true })
await using browser = await openBrowser()
await take("home-desktop-light", { width: 1440, height: 1390 }, async (page) => {
  await page.getByRole("button", { name: "Test", exact: true }).click()
  await page.getByText("Everything works.").waitFor()
  await page.locator(".drawing canvas").nth(5).waitFor()
  await page.getByText("3 connections").first().waitFor()
})
await take("registrations-desktop-dark", { width: 1440, height: 1000, scheme: "dark" }, (page) =>
  at(page, "registrations"),
)
await take("approve-phone-light", { width: 390, height: 844 }, (page) => at(page, "registrations"))
await take("invite-phone-dark", { width: 390, height: 844, scheme: "dark" }, async (page) => {
  await at(page, "access")
  await page.getByRole("link", { name: "Family" }).click()
  await page.getByRole("button", { name: "Smaller code" }).click()
})

/** The two days themselves, at a clock that is put forward from one thing that happens to the next. */
async function live(): Promise<void> {
  let behind = 48 * HOUR
  await using d = await desk(
    { ...flags, "data-dir": folder.path },
    {
      clock: {
        ...systemClock,
        now: () => systemClock.now() - behind,
        every: (ms, act) => systemClock.every(Math.min(ms, SOON_MS), act),
      },
    },
  )
  const sender = createResident()
  const acts = [
    ...members.flatMap((member) => lifeOf(d, sender, member)),
    ...askers.map((ago) => ({ ago, act: () => d.m.ask(createResident(), request) })),
    { ago: 7, act: () => d.ada.call("POST", "/invites", { label: "Family", uses: 4 }) },
  ]
  for (const { ago, act } of acts.sort((a, b) => b.ago - a.ago)) {
    behind = Math.round(ago * HOUR)
    await act()
  }
  // Who was seen is written down every so often.
  await Bun.sleep(2 * SOON_MS)
}

function lifeOf(d: Desk, sender: Resident, { label, came, letters, since, ...more }: Member): Act[] {
  const who = createResident()
  const place = `/registrations/${encodeURIComponent(who.did)}`
  const transition = (to: string) => d.ada.call("POST", `${place}/transition`, { transition: to })
  if ("isOnline" in more) online.push(who)
  return [
    { ago: came, act: () => d.m.ask(who, request) },
    {
      ago: came - 0.1,
      async act() {
        await transition("approve")
        const overrides = "maxMessages" in more ? { overrides: { maxMessages: more.maxMessages } } : {}
        await d.ada.call("PATCH", place, { label, note: "", ...overrides })
        const updates = [{ recipient_did: who.did, action: "add" }]
        await d.m.ask(who, { type: `${coordination3}/recipient-update`, body: { updates } })
      },
    },
    ...Array.from({ length: letters }, (_, at) => ({
      ago: since * (1 - at / letters),
      act: async () => d.m.post(await d.m.letter(sender, who.did, "word ".repeat(40 * (at + 1)))),
    })),
    { ago: since + 0.2, act: () => d.m.ask(who, { type: `${pickup3}/status-request` }) },
    ...("isSuspended" in more ? [{ ago: 3, act: () => transition("suspend") }] : []),
  ]
}

async function at(page: Page, place: string): Promise<void> {
  await page.goto(screen({ m }, place))
  await settled(page)
}

/** One picture, taken when `ready` is. */
async function take(name: string, look: Look, ready: (page: Page) => Promise<void>): Promise<void> {
  await using visitor = await visit(browser, look)
  const { page } = visitor
  await signIn(page, { m })
  await ready(page)
  await page.mouse.move(0, 0)
  await page.waitForTimeout(500)
  const small = await smaller(await page.screenshot())
  const path = join(into, `${name}.webp`)
  writeFileSync(path, small)
  process.stdout.write(`${path} ${Math.round(small.byteLength / 1024)} KiB\n`)
  if (small.byteLength > MOST_BYTES) throw new Error(`${name} is too large`)
}

/** The same picture as WebP, which the browser itself can make. */
async function smaller(picture: Uint8Array): Promise<Uint8Array> {
  const page = await browser.newPage()
  const source = `data:image/png;base64,${Buffer.from(picture).toString("base64")}`
  const url: string = await page.evaluate(`(async () => {
    const image = Object.assign(new Image(), { src: "${source}" })
    await image.decode()
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height })
    canvas.getContext("2d").drawImage(image, 0, 0)
    return canvas.toDataURL("image/webp", ${QUALITY})
  })()`)
  await page.close()
  return Buffer.from(url.split(",")[1] ?? "", "base64")
}
process.exit(0)
