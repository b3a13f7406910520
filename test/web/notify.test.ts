/** Saying where somebody is told that mail waits, in a browser. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import type { Browser } from "playwright-core"
import { desk } from "../admin/desk.ts"
import { receiver } from "../notify/receiver.ts"
import { openBrowser, signIn, visit } from "./kit.ts"

setDefaultTimeout(60_000)

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

test("a webhook is set, its secret shown once, tried out, and removed; its URL is never on the page", async () => {
  await using d = await desk({ "notify-outbound": "any" })
  await using there = receiver()
  const { did } = await d.m.resident()
  await using visitor = await visit(browser)
  const { page } = visitor
  await signIn(page, d, `registrations/${encodeURIComponent(did)}`)
  await page.getByText("Its owner is not told.").waitFor()
  await page.getByRole("button", { name: "Set", exact: true }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("By").selectOption("webhook")
  await dialog.getByLabel("URL").fill("nowhere")
  await dialog.getByRole("button", { name: "Save" }).click()
  await dialog.getByRole("alert").filter({ hasText: "Nobody can be told there" }).waitFor()
  await dialog.getByLabel("URL").fill(`${there.url}/key-in-the-path`)
  await dialog.getByRole("button", { name: "Save" }).click()
  await dialog.getByText(/^whsec_/).waitFor()
  await dialog.getByRole("button", { name: "Done" }).click()
  await page.getByText(new URL(there.url).host).waitFor()
  expect(await page.content()).not.toContain("whsec_")
  await page.getByRole("button", { name: "Send one now" }).click()
  await page.getByText("Told now.").waitFor()
  expect(there.got.map(({ path }) => path)).toEqual(["/key-in-the-path"])
  expect(await page.content()).not.toContain("key-in-the-path")
  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByText("Its owner is not told.").waitFor()
})
