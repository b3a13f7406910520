import { expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeWhole } from "../../src/base/whole-file.ts"
import { home } from "./home.ts"

/** `restante did`: the mediator's own keys at the command line. */

setDefaultTimeout(30_000)

type Home = Awaited<ReturnType<typeof home>>
const fileOf = ({ cwd }: Home) => readFileSync(join(cwd, "restante-data/identity.json"), "utf8")

test("rotate asks first, or wants --yes, and --dry-run says what would come and changes nothing", async () => {
  const here = await home()
  const before = fileOf(here)
  const unattended = await here.cli("did", "rotate")
  expect(unattended.exit).toBe(64)
  expect(unattended.stderr).toContain("give --yes, or --dry-run")
  const { stdout, exit } = await here.cli("did", "rotate", "--dry-run", "--overlap", "3d")
  expect(exit).toBe(0)
  expect(stdout).toMatch(/^ {2}is answered until \d{4}-\d\d-\d\d [\d:]+ UTC, and then no more/m)
  expect(stdout).toEndWith("Nothing was changed.\n")
  expect(fileOf(here)).toBe(before)
  expect((await here.cli("did", "rotate", "--yes", "--overlap", "soon")).exit).toBe(64)
  expect(fileOf(here)).toBe(before)
})

test("rotate prints the new DID and invitation, and show says whose keys end when", async () => {
  const here = await home()
  const { stdout, exit } = await here.cli("did", "rotate", "--yes")
  expect(exit).toBe(0)
  const { did, dids } = await here.document("did")
  expect(did).not.toBe(here.self.did)
  expect(dids).toContain(here.self.did)
  expect(stdout).toContain(`\n${did}\n  in use\n`)
  expect(stdout).toMatch(/^http:\/\/localhost:8080\/?\?_oob=\S+$/m)
  expect(stdout).toContain("Take a backup")
  const shown = await here.cli("did", "show")
  expect(shown.stdout).toContain(`\n${here.self.did}\n  replaced, answered until `)
  const report = await here.document("did", "show")
  expect(report.overlapUntil).toBeWithin(Date.now() + 29 * 86_400_000, Date.now() + 30 * 86_400_000)
  const { items: lines } = await here.document("audit", "list", "--search", "identity.")
  expect(lines).toMatchObject([{ actor: "cli", action: "identity.rotated", subject: did }])
})

test("extend gives ended keys more time, if there are any", async () => {
  const here = await home()
  const never = await here.cli("did", "extend")
  expect([never.exit, never.stderr]).toEqual([1, expect.stringContaining("were never replaced")])
  await here.document("did", "rotate", "--yes", "--overlap", "0s")
  expect((await here.document("did")).dids).not.toContain(here.self.did)
  await here.document("did", "extend", "--overlap", "1d")
  expect((await here.document("did")).dids).toContain(here.self.did)
})

test("export and import carry all keys to an empty data folder, and nowhere else", async () => {
  const here = await home()
  await here.document("did", "rotate", "--yes")
  const { dids } = await here.document("did")
  writeFileSync(join(here.cwd, "words"), "twelve little words\n")
  const words = ["--passphrase-file", "words"]
  expect(await here.document("did", "export", ...words)).toEqual({ file: "restante-identity.sealed", did: dids[0] })
  const file = join(here.cwd, "restante-identity.sealed")
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await here.cli("did", "export", ...words)).exit).toBe(73)

  const bring = (...more: string[]) => here.cli("did", "import", "restante-identity.sealed", "--json", ...more)
  expect((await bring(...words)).exit).toBe(73)
  const elsewhere = ["--data-dir", "elsewhere"]
  expect((await bring(...elsewhere)).stderr).toContain("give --passphrase-file")
  writeFileSync(join(here.cwd, "others"), "twelve other words\n")
  expect((await bring(...elsewhere, "--passphrase-file", "others")).exit).toBe(65)
  const { stdout, exit } = await bring(...elsewhere, ...words)
  expect([exit, JSON.parse(stdout).dids]).toEqual([0, dids])
  expect(readFileSync(join(here.cwd, "elsewhere/identity.json"), "utf8")).toBe(fileOf(here))

  const sealed = readFileSync(file)
  writeFileSync(file, sealed.subarray(0, -1))
  expect((await bring("--data-dir", "third", ...words)).exit).toBe(65)
})

test("export with a passphrase that is too short writes nothing", async () => {
  const here = await home()
  writeFileSync(join(here.cwd, "words"), "short\n")
  const { exit, stderr } = await here.cli("did", "export", "--out", "keys", "--passphrase-file", "words")
  expect([exit, stderr]).toEqual([65, expect.stringContaining("from 12 to 1024 characters")])
  expect(await Bun.file(join(here.cwd, "keys")).exists()).toBe(false)
})

test("of several that replace the keys at the same time each does, and no keys are lost", async () => {
  const here = await home()
  const done = await Promise.all(Array.from({ length: 4 }, () => here.cli("did", "rotate", "--yes")))
  expect(done.map(({ exit }) => exit)).toEqual([0, 0, 0, 0])
  const { generations } = JSON.parse(fileOf(here))
  expect(generations).toHaveLength(5)
  const { dids } = await here.document("did")
  for (const { stdout } of done) expect(dids).toContain(/^(did:peer:2\S+)\n {2}in use$/m.exec(stdout)?.[1])
})

test("what was left of a change that was killed is in nobody's way", async () => {
  const here = await home()
  const path = join(here.cwd, "restante-data/settings.toml")
  writeFileSync(`${path}.new`, "half of")
  writeWhole(path, "all of it")
  expect(readFileSync(path, "utf8")).toBe("all of it")
  expect(existsSync(`${path}.new`)).toBe(false)
})
