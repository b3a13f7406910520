/** What happened to one mailbox lately, as an operator sees it. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { fakeClock } from "../kit/clock.ts"
import { createResident } from "../kit/resident.ts"
import { openBrowser, settled, signIn, visit } from "./kit.ts"
import { violations } from "./violations.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

test("a registration's last days are drawn, said in a sentence, and shown as a table", async () => {
  const clock = fakeClock(Date.now())
  await using d = await desk({ "mailbox-max-messages": "2" }, { clock })
  const bob = await d.m.resident()
  for (const content of ["one", "two", "three"]) await d.m.post(await d.m.letter(createResident(), bob.did, content))
  clock.pass(60_000)
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, `registrations/${encodeURIComponent(bob.did)}`)
  const lately = page.getByRole("region", { name: "Last 30 days" })
  await lately.getByText("2 messages came in the last 30 days; 0 were acknowledged.").waitFor()
  await lately.getByText("1 in the last 30 days, most on").waitFor()
  await lately.locator("canvas").nth(1).waitFor()
  await settled(page)
  expect(await violations(page)).toEqual([])

  await lately.getByRole("button", { name: "Show as table" }).first().click()
  expect(await lately.getByRole("row").count()).toBe(31)
  expect(await lately.getByRole("row").nth(1).getByRole("cell").allTextContents()).toEqual(["2", "0"])
  expect(await violations(page)).toEqual([])
})
