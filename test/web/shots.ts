/** Pictures of every screen, to look at: `bun test/web/shots.ts FOLDER [NAME …]`; a name is part of a picture's. */

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { mediator } from "../kit/mediator.ts"
import { type Desk, openBrowser, places, type Scheme, screen, settled, signIn, visit } from "./kit.ts"
import { populate } from "./people.ts"

const [folder = "", ...wanted] = process.argv.slice(2)
if (folder === "") throw new Error("Name the folder that the pictures go to.")
mkdirSync(folder, { recursive: true })

const widths = [390, 1440] as const
const schemes: readonly Scheme[] = ["light", "dark"]

const isWanted = (name: string) => wanted.length === 0 || wanted.some((part) => name.includes(part))

await using d = await desk({ "admission-mode": "approval" })
await populate(d)
await using fresh = await mediator({ "limits-per-address": "0" })
await using browser = await openBrowser()

async function shoot(page: Page, name: string): Promise<void> {
  if (isWanted(name)) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: !name.includes("-over-") })
}

async function inside(page: Page, d: Desk, tail: string): Promise<void> {
  await signIn(page, d)
  for (const place of places) {
    await page.goto(screen(d, place))
    await settled(page)
    await shoot(page, `${place.replace(/\W+/g, "-") || "home"}-${tail}`)
  }
  await page.goto(screen(d, "access"))
  await page.getByRole("link", { name: "Family" }).click()
  await page.getByRole("img", { name: "QR code of the invite" }).waitFor()
  await shoot(page, `invite-${tail}`)
  await page.goto(screen(d, "registrations"))
  await page.getByRole("checkbox").nth(1).check()
  await shoot(page, `bulk-over-${tail}`)
  await page.getByRole("link", { name: /Grace/ }).click()
  await settled(page)
  await page.getByRole("heading", { name: "What happened" }).waitFor()
  await shoot(page, `detail-${tail}`)
  await page.getByRole("button", { name: "Forget" }).click()
  await page.locator(".dialog").waitFor()
  await page.waitForTimeout(400)
  await shoot(page, `forget-over-${tail}`)
  await page.keyboard.press("Escape")
  const more = page.getByRole("button", { name: "More" })
  if (await more.isVisible()) {
    await more.click()
    await shoot(page, `more-over-${tail}`)
  }
}

for (const width of widths) {
  for (const scheme of schemes) {
    const tail = `${width}-${scheme}`
    await using visitor = await visit(browser, { width, height: width === 390 ? 844 : 900, scheme })
    await visitor.page.goto(`${fresh.admin.setup?.url}`)
    await visitor.page.getByLabel("Your name").waitFor()
    await shoot(visitor.page, `setup-${tail}`)
    await visitor.page.goto(screen(d))
    await visitor.page.getByLabel("Name").waitFor()
    await shoot(visitor.page, `sign-in-${tail}`)
    await inside(visitor.page, d, tail)
    for (const complaint of visitor.complaints) process.stderr.write(`${tail}: ${complaint}\n`)
  }
}
process.exit(0)
