import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { readArchive } from "../../src/app/backup/archive.ts"
import { makeBackup } from "../../src/app/backup/make.ts"
import { here } from "../../src/app/backup/works.ts"
import { openStoreOf } from "../../src/app/open-store.ts"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { migrations } from "../../src/store/sqlite/migrate.ts"
import { occupy } from "../../src/store/sqlite/occupancy.ts"
import { type House, house, messagesIn, namesIn, PASSPHRASE, refusal } from "./house.ts"

const DAY = 86_400_000

/** A backup as it would have been made some days ago. */
const madeAgo = ({ file, dataDir, dir }: House, days: number, keep: number) =>
  makeBackup(
    { file, dataDir, dir, passphrase: null, keep, at: Date.now() - days * DAY, release: "0.0.1" },
    { random: systemRandom },
  )

/** The same file with one byte changed. */
function flipped(path: string, at: number): string {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(`${path}.flipped`, bytes)
  return `${path}.flipped`
}

test("a backup holds the database as it is, the identity, and a manifest, and tar opens it", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 30)
  const made = await home.backups().make(home.by)
  expect(made).toMatchObject({ isVerified: true, isEncrypted: false, messages: 30, registrations: 1, schema: 1 })
  const out = join(home.dataDir, "out")
  mkdirSync(out)
  expect(Bun.spawnSync(["tar", "xf", join(home.dir, made.name)], { cwd: out }).exitCode).toBe(0)
  expect(namesIn(out)).toEqual(["identity.json", "manifest.json", "manifest.json.sha256", "restante.db"])
  expect(Bun.spawnSync(["sha256sum", "-c", "manifest.json.sha256"], { cwd: out }).exitCode).toBe(0)
  expect(messagesIn(join(out, "restante.db"))).toEqual(messagesIn(home.file))
  expect(readFileSync(join(out, "identity.json"))).toEqual(readFileSync(join(home.dataDir, "identity.json")))
  expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"))).toMatchObject({ messages: 30, schema: 1 })
})

test("only its owner may read it, and nothing else is left in the folder", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  const { name } = await home.backups().make(home.by)
  expect(statSync(home.dir).mode & 0o777).toBe(0o700)
  expect(namesIn(home.dir)).toEqual([`.${name}.json`, name])
  for (const file of namesIn(home.dir)) expect(statSync(join(home.dir, file)).mode & 0o777).toBe(0o600)
})

test("it is made while others write, and is one moment of what they wrote", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 50)
  let isWriting = true
  const writing = home.atDesk(async ({ store }) => {
    for (let n = 0; isWriting; n++) await store.reserve("test", String(n), Number.MAX_SAFE_INTEGER)
    return "wrote"
  })
  const made = await home.backups().make(home.by)
  isWriting = false
  expect(await writing).toBe("wrote")
  expect(made.messages).toBe(50)
})

test("a sealed one is told by its passphrase alone: a wrong one, and none, are told apart from damage", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 20)
  const made = await home.backups(PASSPHRASE).make(home.by)
  const path = join(home.dir, made.name)
  expect(made).toMatchObject({ isEncrypted: true, isVerified: true, messages: 20 })
  expect(readFileSync(path).includes("CREATE TABLE")).toBe(false)
  expect(await readArchive(path, { passphrase: PASSPHRASE })).toMatchObject({ messages: 20 })
  for (const passphrase of [null, "another passphrase"]) {
    expect((await refusal(readArchive(path, { passphrase }))).code).toBe("backup.passphrase")
  }
  const { size } = statSync(path)
  for (const at of [70_000, size >> 1, size - 1]) {
    expect((await refusal(readArchive(flipped(path, at), { passphrase: PASSPHRASE }))).code).toBe("backup.damaged")
  }
  truncateSync(path, size - 100_000)
  expect((await refusal(readArchive(path, { passphrase: PASSPHRASE }))).code).toBe("backup.damaged")
}, 60_000)

test("a changed byte, a missing end, another program's file and an empty one are refused", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 5)
  const { name } = await home.backups().make(home.by)
  const path = join(home.dir, name)
  const { size } = statSync(path)
  const code = async (file: string) => (await refusal(readArchive(file, { passphrase: null }))).code
  // The manifest, what vouches for it, the identity, the database from its first page to its last, and what fills up.
  for (const at of [...Array.from({ length: 40 }, (_, n) => n * 97), size >> 1, size - 1100, size - 1]) {
    expect([at, await code(flipped(path, at))]).toEqual([at, "backup.damaged"])
  }
  const cut = `${path}.cut`
  for (const end of [0, 100, 5000, size - 2000]) {
    copyFileSync(path, cut)
    truncateSync(cut, end)
    expect([end, await code(cut)]).toEqual([end, "backup.damaged"])
  }
  expect(await code(home.file)).toBe("backup.damaged")
})

test("what was changed after it was verified is not verified any more, until somebody looks again", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  const backups = home.backups()
  const { name } = await backups.make(home.by)
  const path = join(home.dir, name)
  utimesSync(path, new Date(), new Date(Date.now() + 5000))
  expect((await backups.list()).items).toMatchObject([{ name, isVerified: false, messages: null }])
  expect(await backups.verify(name)).toMatchObject({ name, isVerified: true, messages: 1 })
  writeFileSync(path, readFileSync(flipped(path, 3000)))
  expect((await refusal(backups.verify(name))).code).toBe("backup.damaged")
  expect((await backups.list()).items).toMatchObject([{ name, isVerified: false }])
})

test("the oldest go when a new one was verified; what was never verified is left alone", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  for (const days of [9, 8, 7]) await madeAgo(home, days, 10)
  const [, , oldest] = (await home.backups().list()).items
  const foreign = "restante-20200101-000000.tar"
  writeFileSync(join(home.dir, foreign), "not verified by anybody")
  const { rotated } = await madeAgo(home, 0, 3)
  expect(rotated).toEqual([oldest?.name ?? ""])
  expect((await home.backups().list()).items).toHaveLength(4)
  expect(namesIn(home.dir)).toContain(foreign)
})

test("the newest verified one is never deleted, by hand or by rotation", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  const { made: old } = await madeAgo(home, 2, 5)
  const { made } = await madeAgo(home, 1, 5)
  const backups = home.backups()
  expect((await refusal(() => backups.remove(made.name, home.by))).code).toBe("backup.newest")
  await backups.remove(old.name, home.by)
  expect((await refusal(() => backups.remove(made.name, home.by))).code).toBe("backup.newest")
  expect(namesIn(home.dir)).toEqual([`.${made.name}.json`, made.name])
})

test("one made while the clock was wrong stays, and stops no other from being made or deleted", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  const { made: ahead } = await madeAgo(home, -3650, 2)
  const { made: right } = await madeAgo(home, 1, 2)
  const { made: behind, rotated } = await madeAgo(home, 20_000, 2)
  expect(rotated).toEqual([right.name])
  expect(namesIn(home.dir)).toContain(behind.name)
  const { rotated: more } = await madeAgo(home, 0, 1)
  expect(new Set(more)).toEqual(new Set([ahead.name, behind.name]))
})

test("names that are no backup's lead nowhere", async () => {
  using home = await house()
  const backups = home.backups()
  for (const name of ["../identity.json", "identity.json", "", ".part", "restante-20200101-000000.tar"]) {
    expect([name, (await refusal(() => backups.verify(name))).code]).toEqual([name, "backup.unknown"])
    expect([name, (await refusal(() => backups.fetch(name, home.by))).code]).toEqual([name, "backup.unknown"])
  }
})

test("two at the same time: the second is told so", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  using _other = occupy(home.file, "copying")
  const fault = await refusal(home.backups().make(home.by))
  expect([fault.code, fault.row.exit]).toEqual(["backup.busy", 75])
})

test("what an interrupted one left behind is cleared away by the next", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  mkdirSync(join(home.dir, ".part"), { recursive: true })
  writeFileSync(join(home.dir, ".part", "restante.db"), "half a copy")
  const { name } = await home.backups().make(home.by)
  expect(namesIn(home.dir)).toEqual([`.${name}.json`, name])
})

test("a damaged database makes no backup, and none of the old ones goes", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 400, 2000)
  const { made } = await madeAgo(home, 1, 1)
  const bytes = readFileSync(home.file)
  bytes.fill(0xff, bytes.byteLength >> 1, (bytes.byteLength >> 1) + 20_000)
  writeFileSync(home.file, bytes)
  const fault = await refusal(madeAgo(home, 0, 1))
  expect(fault.code).toBe("store.unusable")
  expect(namesIn(home.dir)).toEqual([`.${made.name}.json`, made.name])
})

test("before the schema changes there is a verified backup of the earlier one", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 3)
  const ports = { clock: systemClock, random: systemRandom, log: home.log, writer: "in-place" as const }
  const schema = [...migrations, "ALTER TABLE registration ADD COLUMN colour TEXT"]
  await using store = await openStoreOf(home.settings, { ...ports, schema }, here)
  expect((await store.measure()).schema).toBe(2)
  expect((await home.backups().list()).items).toMatchObject([{ schema: 1, messages: 3, isVerified: true }])
})

test("without room for that backup the schema stays as it is", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  writeFileSync(home.dir, "a file where the folder should be")
  const ports = { clock: systemClock, random: systemRandom, log: home.log, writer: "in-place" as const }
  const schema = [...migrations, "ALTER TABLE registration ADD COLUMN colour TEXT"]
  expect((await refusal(openStoreOf(home.settings, { ...ports, schema }, here))).code).toBe("backup.failed")
  const db = new Database(home.file, { readwrite: true })
  expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: 1 })
  db.close()
})

test("a damaged database is refused with the name of the newest verified backup", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  const { made } = await madeAgo(home, 1, 5)
  writeFileSync(home.file, "SQLite format 3\0 and then nothing of the kind".padEnd(9000, "?"))
  const fault = await refusal(home.atDesk(async () => null))
  expect([fault.code, fault.row.exit]).toEqual(["store.unusable", 65])
  expect(fault.detail).toContain(`restante restore ${join(home.dir, made.name)}`)
})
