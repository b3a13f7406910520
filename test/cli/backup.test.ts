import { expect, test } from "bun:test"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { home } from "./home.ts"

const BOB = "did:web:bob.example"
const PASSPHRASE = "correct horse battery staple"

/** A home with mail for Bob. */
async function withMail(count = 5) {
  const h = await home()
  await h.registered(BOB, "approved")
  await h.deliver(BOB, count)
  return h
}

test("backup makes one and says where; list, verify and delete know it by its name", async () => {
  const { cli, document, cwd } = await withMail()
  const { stdout, exit } = await cli("backup")
  expect([exit, stdout]).toEqual([
    0,
    expect.stringMatching(/^Made and verified .*\.tar: 5 messages, 1 registration, \d+ KiB\.\n$/),
  ])
  const { items, dir } = await document("backup", "list")
  expect(items).toMatchObject([{ messages: 5, registrations: 1, isVerified: true, isEncrypted: false }])
  expect(dir).toBe(join(cwd, "restante-data", "backups"))
  const [{ name }] = items
  expect((await cli("backup", "verify", name)).stdout).toBe(`${name} is whole: 5 messages, 1 registration.\n`)
  const second = await document("backup")
  expect((await cli("backup", "delete", name, "--yes")).stdout).toBe(`Deleted ${name}.\n`)
  const newest = await cli("backup", "delete", second.name, "--yes")
  expect([newest.exit, newest.stderr]).toEqual([1, expect.stringContaining("never deleted")])
  const { items: lines } = await document("audit", "list", "--search", "backup.")
  expect(lines.map(({ action }: { action: string }) => action)).toEqual([
    "backup.deleted",
    "backup.made",
    "backup.made",
  ])
})

test("restore says what it would do, asks for --yes, and does it", async () => {
  const { cli, document, deliver } = await withMail()
  const { name } = await document("backup")
  await deliver(BOB, 2)
  const dry = await cli("restore", name, "--dry-run")
  expect([dry.exit, dry.stdout]).toEqual([
    0,
    expect.stringMatching(
      /holds 5 messages and 1 registration\.\n.*2 messages and 0 registrations that came since would be missing/,
    ),
  ])
  expect(dry.stdout).toEndWith("Nothing was changed.\n")
  const asked = await cli("restore", name)
  expect([asked.exit, asked.stderr]).toEqual([64, expect.stringContaining("--yes")])
  const done = await cli("restore", name, "--yes")
  expect([done.exit, done.stdout]).toEqual([
    0,
    expect.stringMatching(/^Restored 5 messages and 1 registration\.\nWhat was there before is in .*replaced-/),
  ])
  expect((await document("status")).waiting.messages).toBe(5)
})

test("a sealed backup wants its passphrase, from a file or the settings, and a wrong one is told apart", async () => {
  const { cli, document, cwd } = await withMail(1)
  writeFileSync(join(cwd, "right"), `${PASSPHRASE}\n`)
  writeFileSync(join(cwd, "wrong"), "another passphrase\n")
  writeFileSync(join(cwd, "short"), "short\n")
  const { name, isEncrypted } = await document("backup", "--passphrase-file", "right")
  expect([isEncrypted, name]).toEqual([true, expect.stringMatching(/\.tar\.sealed$/)])
  const outcome = async (...more: string[]) => (await cli("restore", name, "--dry-run", ...more)).exit
  expect(await outcome("--passphrase-file", "right")).toBe(0)
  expect(await outcome("--backup-passphrase", PASSPHRASE)).toBe(0)
  const wrong = await cli("restore", name, "--dry-run", "--passphrase-file", "wrong")
  expect([wrong.exit, wrong.stderr]).toEqual([65, expect.stringContaining("the passphrase does not open it")])
  expect(await outcome()).toBe(65)
  expect((await cli("restore", name, "--dry-run", "--passphrase-file", "missing")).exit).toBe(64)
  const short = await cli("backup", "--passphrase-file", "short")
  expect([short.exit, short.stderr]).toEqual([65, expect.stringContaining("12 to 1024")])
}, 30_000)

test("what is no backup, and what is not there, end with their own exit codes", async () => {
  const { cli, cwd } = await withMail(1)
  writeFileSync(join(cwd, "letter.txt"), "Dear Bob")
  const foreign = await cli("restore", "letter.txt", "--yes")
  expect([foreign.exit, foreign.stderr]).toEqual([65, expect.stringContaining("The backup cannot be used")])
  expect((await cli("restore", "nowhere.tar", "--yes")).exit).toBe(1)
  expect((await cli("backup", "verify", "nowhere.tar")).exit).toBe(1)
})

test("doctor prints what it found, and its exit code says whether something is wrong", async () => {
  const { cli, document, cwd, settings } = await withMail(1)
  await cli("backup")
  const well = await cli("doctor")
  expect([well.exit, well.stdout]).toEqual([0, expect.stringMatching(/^ok {4}Versions: restante/)])
  expect(well.stdout).toMatch(/\n\d+ fine, \d+ to look at, 0 wrong\.\n$/)
  const { level, items } = await document("doctor")
  expect([level, items[0]]).toMatchObject(["warn", { id: "version", level: "ok", ms: expect.any(Number) }])
  const bundle = await cli("doctor", "--bundle", "bundle.json")
  expect([bundle.exit, JSON.parse(readFileSync(join(cwd, "bundle.json"), "utf8")).level]).toEqual([0, "warn"])
  expect((await cli("doctor", "--bundle", "bundle.json")).exit).toBe(73)
  writeFileSync(join(settings.server.data_dir, "restante.db"), "nothing of the kind".repeat(500))
  const ill = await cli("doctor")
  expect([ill.exit, ill.stdout]).toEqual([1, expect.stringContaining("FAIL  Database")])
  expect((await cli("doctor", "--json")).exit).toBe(1)
}, 30_000)

test("doctor works where there is nothing yet", async () => {
  const { cli, cwd } = await home()
  mkdirSync(join(cwd, "empty"))
  const { exit, stdout } = await cli("doctor", "--data-dir", "empty")
  expect([exit, stdout]).toEqual([1, expect.stringContaining("Identity: There is none in empty yet.")])
})
