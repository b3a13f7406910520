/** Going back to a backup in the admin pages of the built executable, which then starts again by itself. */

import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PASSWORD, browser as person } from "../admin/desk.ts"
import { executable } from "../kit/executable.ts"
import { openBrowser, settled, visit } from "./kit.ts"

setDefaultTimeout(60_000)

/** Whose password the configuration gives. */
const NAME = "admin"

test("a backup is restored: the page waits, comes back by itself, and what was since is gone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "restante-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, "restante.toml")
  await Bun.write(file, `admin.password = "${PASSWORD}"\nbackup.schedule = "off"\n`)
  await chmod(file, 0o600)
  await using m = await executable(["--config", file])
  const admin = `${m.url}/admin`
  const ada = person(admin)
  await ada.signIn(NAME)
  await using browser = await openBrowser()
  await using visitor = await visit(browser)
  const { page } = visitor
  const enter = async () => {
    await page.getByLabel("Name").fill(NAME)
    await page.getByLabel("Password").fill(PASSWORD)
    await page.getByRole("button", { name: "Sign in" }).click()
    await settled(page)
  }
  await page.goto(`${admin}/#/storage`)
  await enter()
  await page.getByRole("button", { name: "Back up now" }).click()
  await page.getByRole("row").filter({ hasText: "verified" }).waitFor()
  expect((await ada.call("POST", "/invites", { label: "", uses: 1, expiresIn: null })).status).toBe(200)

  await page.getByRole("button", { name: "Restore" }).click()
  await page.getByText("How that differs").or(page.getByText("would be lost")).waitFor()
  await page.getByRole("button", { name: "Restore and restart" }).click()
  await page.getByRole("dialog", { name: "The mediator starts again" }).waitFor()
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await enter()
  expect(page.url()).toBe(`${admin}/#/storage`)
  const again = person(admin)
  await again.signIn(NAME)
  expect((await again.call("GET", "/invites")).body.items).toEqual([])
  const { items: lines } = (await again.call("GET", "/audit?action=backup.")).body
  expect(lines[0].action).toBe("backup.restored")
})
