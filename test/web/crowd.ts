/**
 * The admin pages with 10,000 registrations and 100,000 waiting messages, and then while 50 lines of the audit come each
 * second: `bun test/web/crowd.ts [EXECUTABLE]` prints how the built executable and its pages bear it.
 */

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { PASSWORD, browser as person } from "../admin/desk.ts"
import { temporaryFolder, watchOver } from "../bench/leftovers.ts"
import { startServer } from "../bench/server.ts"
import { openBrowser, settled, visit } from "./kit.ts"

const [program = new URL("../../dist/restante", import.meta.url).pathname] = process.argv.slice(2)
const MAILBOXES = 10_000
const EACH = 10
const LINES_PER_SECOND = 50
const STORM_MS = 8_000
const NAME = "admin"
const lists = {
  "": "/audit?",
  registrations: "/registrations?limit",
  "registrations?sort=messages": "/registrations?limit",
  "registrations?text=z6Mk": "/registrations?limit",
  queues: "/queues?",
  "queues?sort=oldest": "/queues?",
  audit: "/audit?",
} as const

const say = (...words: readonly string[]) => void process.stdout.write(`${words.join("")}\n`)
const ms = (time: number) => `${Math.round(time)} ms`
/** Browsers do not speak of shorter ones. */
const taskIn = (time: number) => (time === 0 ? "under 50 ms" : ms(time))

using folder = temporaryFolder()
const seed = new URL("../bench/seed.ts", import.meta.url).pathname
const seeding = Bun.spawn([process.execPath, seed, folder.path, String(MAILBOXES), String(EACH), "1"])
watchOver(seeding)
if ((await seeding.exited) !== 0) throw new Error("the database could not be made")
const passwordFile = join(folder.path, "password")
writeFileSync(passwordFile, PASSWORD, { mode: 0o600 })
await using server = await startServer(
  { kind: "restante", executable: program },
  { dataDir: folder.path, env: { RESTANTE_ADMIN_PASSWORD_FILE: passwordFile } },
)
const admin = `${server.url}/admin`
const ada = person(admin)
await ada.signIn(NAME)

await using browser = await openBrowser()
await using visitor = await visit(browser)
const { page, asked } = visitor
await page.addInitScript(`
  globalThis.longest = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
  }).observe({ type: "longtask" })
`)
await page.goto(`${admin}/`)
await page.getByLabel("Name").fill(NAME)
await page.getByLabel("Password").fill(PASSWORD)
await page.getByRole("button", { name: "Sign in" }).click()
await settled(page)

/** Opens a screen from nothing; resolves with how long that took, the requests for its list, and its longest task. */
async function look(place: keyof typeof lists) {
  const before = asked.length
  const started = performance.now()
  await page.goto(`${admin}/?${before}#/${place}`)
  await settled(page)
  const took = performance.now() - started
  const pages = asked.slice(before).filter((url) => url.includes(`/api${lists[place]}`)).length
  return { took, pages, longest: await longestTask(page) }
}

const longestTask = (on: Page): Promise<number> =>
  on.evaluate("(() => { const was = longest; longest = 0; return was })()")

/** Changes that are written into the audit, as many as there should be in a second, for as long as the storm lasts. */
async function storm(): Promise<number> {
  const { items } = (await ada.call("GET", "/registrations?limit=200")).body
  const until = performance.now() + STORM_MS
  let lines = 0
  while (performance.now() < until) {
    const next = performance.now() + 1_000
    const some = Array.from({ length: LINES_PER_SECOND }, (_, at) => items[(lines + at) % items.length].did)
    lines += some.length
    await Promise.all(
      some.map((did, at) =>
        ada.call("PATCH", `/registrations/${encodeURIComponent(did)}`, { label: `${lines}-${at}`, note: "" }),
      ),
    )
    await Bun.sleep(Math.max(0, next - performance.now()))
  }
  return lines / (STORM_MS / 1_000)
}

// What cannot see a slow page says nothing about a fast one.
await page.evaluate("setTimeout(() => { for (const end = performance.now() + 300; performance.now() < end; ); })")
await page.waitForTimeout(600)
if ((await longestTask(page)) < 250) throw new Error("long tasks are not seen here")

say(`${MAILBOXES} registrations, ${MAILBOXES * EACH} waiting messages`)
say("screen".padEnd(32), "  settled", "  pages asked", "  longest task")
for (const place of Object.keys(lists) as (keyof typeof lists)[]) {
  const { took, pages, longest } = await look(place)
  say((place || "home").padEnd(32), ms(took).padStart(9), String(pages).padStart(13), taskIn(longest).padStart(14))
}
for (const place of ["", "registrations", "audit"] as const) {
  await look(place)
  const before = asked.length
  const perSecond = await storm()
  const again = asked.slice(before).filter((url) => url.includes(`/api${lists[place]}`)).length
  const longest = await longestTask(page)
  say(
    `${place || "home"}, with ${perSecond.toFixed(0)} lines of the audit a second: `,
    `the list was loaded ${again} times in ${STORM_MS / 1_000} s, longest task ${taskIn(longest)}`,
  )
}
for (const complaint of visitor.complaints) if (!complaint.includes("401")) say(complaint)
process.exit(0)
