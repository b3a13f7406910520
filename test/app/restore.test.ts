import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Prospect, restoreAtRest } from "../../src/app/backup/at-rest.ts"
import { finishRestore, type Journal } from "../../src/app/backup/restore.ts"
import { startMediator } from "../../src/app/compose.ts"
import { openDesk } from "../../src/app/desk.ts"
import { openIdentityFile } from "../../src/app/identity.ts"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { loadSettings } from "../../src/config/load.ts"
import { firstSeq } from "../../src/store/sqlite/message-id.ts"
import { occupy } from "../../src/store/sqlite/occupancy.ts"
import { ask } from "../kit/asking.ts"
import { coordination3 } from "../kit/protocols.ts"
import { createResident } from "../kit/resident.ts"
import { type House, house, messagesIn, namesIn, PASSPHRASE, refusal } from "./house.ts"

const yes = async () => true
const restored = (home: House, archive: string, confirm: ((prospect: Prospect) => Promise<boolean>) | null = yes) =>
  restoreAtRest(home.settings, { archive, confirm, by: "test" })

/** A house with a backup of 20 messages for Bob, of which 5 were deleted since, while 3 came for Clara. */
async function changedSince(passphrase = "") {
  const home = await house()
  await home.deliver("did:example:bob", 20)
  const made = await home.backups(passphrase).make(home.by)
  const before = messagesIn(home.file)
  await home.deliver("did:example:clara", 3)
  await home.atDesk(async ({ store }) => {
    const bob = await store.findRegistration("did:example:bob")
    const ids = (
      await store.peek({ mailbox: bob?.id ?? 0, lane: "didcomm", address: null, after: 0, limit: 5, bytes: 1e9 })
    ).map(({ id }) => id)
    await store.acknowledge({ mailbox: bob?.id ?? 0, lane: "didcomm", ids })
  })
  return { home, made, before, archive: join(home.dir, made.name), [Symbol.dispose]: () => home[Symbol.dispose]() }
}

const sequenceIn = (file: string): number => {
  const db = new Database(file, { readwrite: true })
  try {
    return db.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'message'").get()?.seq ?? 0
  } finally {
    db.close()
  }
}

const marksIn = (file: string) => {
  using db = new Database(file, { readwrite: true })
  const marks = "SELECT mark, fact FROM seen UNION ALL SELECT mark, fact FROM seen_lately"
  return db.query<{ fact: number }, []>(marks).all()
}

test("what is restored is what was backed up, message by message, and it is in the audit, which holds", async () => {
  using world = await changedSince()
  const { home, before, made } = world
  const { prospect, isRestored } = await restored(home, made.name)
  expect(isRestored).toBe(true)
  expect(prospect).toMatchObject({
    messages: 20,
    registrations: 1,
    difference: { lost: 3, again: 5, lostRegistrations: 1 },
  })
  expect(messagesIn(home.file)).toEqual(before)
  await home.atDesk(async ({ audit }) => {
    expect(await audit.lines({ limit: 1 })).toMatchObject([
      { actor: "test", action: "backup.restored", subject: made.name },
    ])
    expect((await audit.verify()).broken).toBeNull()
  })
})

test("into an empty folder it brings the identity along, sealed or not", async () => {
  for (const passphrase of ["", PASSPHRASE]) {
    using world = await changedSince(passphrase)
    const { home, archive, before } = world
    const dataDir = join(home.dataDir, "elsewhere")
    const settings = {
      ...home.settings,
      server: { ...home.settings.server, data_dir: dataDir },
      backup: { ...home.settings.backup, passphrase },
    }
    const { prospect, aside } = await restoreAtRest(settings, { archive, confirm: yes, by: "test" })
    expect([prospect.isReplacing, aside]).toEqual([false, null])
    expect(messagesIn(join(dataDir, "restante.db"))).toEqual(before)
    expect(readFileSync(join(dataDir, "identity.json"))).toEqual(readFileSync(join(home.dataDir, "identity.json")))
    const { self } = await openIdentityFile(settings)
    expect(self.did).toBe((await openIdentityFile(home.settings)).self.did)
  }
}, 30_000)

test("a dry run says the same and changes nothing, also while the mediator runs", async () => {
  using world = await changedSince()
  const { home, archive } = world
  await using _running = await openDesk(home.settings)
  const [files, messages] = [namesIn(home.dataDir), messagesIn(home.file)]
  const { prospect, isRestored } = await restored(home, archive, null)
  expect(isRestored).toBe(false)
  expect(prospect.difference).toEqual({ lost: 3, again: 5, lostRegistrations: 1 })
  expect([namesIn(home.dataDir), messagesIn(home.file)]).toEqual([files, messages])
})

test("who says no keeps what is there", async () => {
  using world = await changedSince()
  const { home, archive } = world
  const [files, messages] = [namesIn(home.dataDir), messagesIn(home.file)]
  expect(await restored(home, archive, async () => false)).toMatchObject({ isRestored: false })
  expect([namesIn(home.dataDir), messagesIn(home.file)]).toEqual([files, messages])
})

test("it is refused while anybody has the database open", async () => {
  using world = await changedSince()
  await using _running = await openDesk(world.home.settings)
  const fault = await refusal(restored(world.home, world.archive))
  expect([fault.code, fault.row.exit]).toEqual(["store.occupied", 75])
})

test("what was there is kept aside, and can be opened", async () => {
  using world = await changedSince()
  const replaced = messagesIn(world.home.file)
  const { aside } = await restored(world.home, world.archive)
  expect(messagesIn(aside ?? "")).toEqual(replaced)
})

test("numbers go on where the replaced database was: no message id or cursor comes twice", async () => {
  using world = await changedSince()
  const { home, archive } = world
  const ahead = firstSeq(Date.now() + 3_600_000)
  const db = new Database(home.file, { readwrite: true })
  db.run("UPDATE sqlite_sequence SET seq = ? WHERE name = 'message'", [ahead])
  db.close()
  await restored(home, archive)
  expect(sequenceIn(home.file)).toBe(ahead)
  await home.deliver("did:example:bob", 1)
  expect(messagesIn(home.file).at(-1)?.seq).toBe(ahead + 1)
})

test("what may happen only once has happened, everybody has to sign in again, and a pause goes on", async () => {
  using world = await changedSince()
  const { home, archive } = world
  const until = Date.now() + 3_600_000
  await home.atDesk(async ({ store }) => {
    expect(await store.reserve("nonce", "used before", until)).toBe(true)
    await store.expire(1)
    expect(await store.reserve("nonce", "used since", until)).toBe(true)
    await store.keep({ kind: "session", key: "a", value: "", until })
    await store.keep({ kind: "intake", key: "mode", value: "paused", until })
  })
  await restored(home, archive)
  // Messages since the backup are gone: whoever sends one of them again is not told that it is there.
  const marks = (sort: 0 | 1) => marksIn(home.file).filter(({ fact }) => fact === sort).length
  expect([marks(0), marks(1)]).toEqual([20, 2])
  await home.atDesk(async ({ store, intake }) => {
    for (const key of ["used before", "used since"]) expect(await store.reserve("nonce", key, until)).toBe(false)
    expect(await store.keptAll("session")).toEqual([])
    expect(await intake.mode()).toBe("paused")
  })
})

test("a damaged database is no hindrance, and is kept aside", async () => {
  using world = await changedSince()
  const { home, archive, before } = world
  writeFileSync(home.file, "nothing that can be read".repeat(1000))
  const { prospect, aside } = await restored(home, archive)
  expect(prospect).toMatchObject({ isReplacing: true, difference: null })
  expect(messagesIn(home.file)).toEqual(before)
  expect(readFileSync(aside ?? "", "utf8")).toStartWith("nothing that can be read")
})

test("another mediator's backup, a damaged one and one from a newer version are refused, and nothing is left of them", async () => {
  using world = await changedSince()
  using stranger = await house()
  await stranger.deliver("did:example:eve", 1)
  const theirs = await stranger.backups().make(stranger.by)
  const { home, archive } = world
  const files = namesIn(home.dataDir)
  const messages = messagesIn(home.file)

  expect((await refusal(restored(home, join(stranger.dir, theirs.name)))).code).toBe("backup.other")
  const cut = join(home.dir, "cut.tar")
  writeFileSync(cut, readFileSync(archive).subarray(0, -5000))
  expect((await refusal(restored(home, cut))).code).toBe("backup.damaged")
  const db = new Database(stranger.file, { readwrite: true })
  db.run("PRAGMA user_version = 99")
  db.close()
  copyFileSync(join(home.dataDir, "identity.json"), join(stranger.dataDir, "identity.json"))
  const newer = await stranger
    .backups()
    .make(stranger.by)
    .catch(() => null)
  if (newer) {
    const fault = await refusal(restored(home, join(stranger.dir, newer.name)))
    expect([fault.code, fault.sentence]).toEqual(["backup.damaged", expect.stringContaining("newer restante")])
  }
  expect(newer).not.toBeNull()
  expect((await refusal(restored(home, "no-such-file.tar"))).code).toBe("backup.unknown")
  expect([namesIn(home.dataDir), messagesIn(home.file)]).toEqual([files, messages])
})

/** As a process that was killed leaves it: everything is unpacked, the journal is written, some of it was done. */
async function interrupted(home: House, archive: string, aside: string) {
  const other = join(home.dataDir, "unpacked")
  mkdirSync(other)
  const settings = { ...home.settings, server: { ...home.settings.server, data_dir: other } }
  await restoreAtRest(settings, { archive, confirm: yes, by: "test" })
  renameSync(join(other, "restante.db"), `${home.file}.incoming`)
  rmSync(other, { recursive: true })
  const journal: Journal = { version: 1, name: "a.tar", by: "test", file: home.file, files: ["restante.db"], aside }
  writeFileSync(join(home.dataDir, "restore.json"), JSON.stringify(journal))
}

const cuts: Readonly<Record<string, (file: string, aside: string) => void>> = {
  "right after it became a fact": () => {},
  "when the old database was moved, and its log was not": (file, aside) => renameSync(file, aside),
  "when all of the old database was moved": (file, aside) => {
    renameSync(file, aside)
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`)
  },
  "when the new database was in its place": (file, aside) => {
    renameSync(file, aside)
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`)
    renameSync(`${file}.incoming`, file)
  },
}

for (const [name, cut] of Object.entries(cuts)) {
  test(`killed ${name}, it is finished by whoever comes next, and only once`, async () => {
    using world = await changedSince()
    const { home, archive, before } = world
    const aside = `${home.file}.replaced-x`
    const replaced = messagesIn(home.file)
    await interrupted(home, archive, aside)
    cut(home.file, aside)
    // Any command, such as this one, opens the desk.
    await home.atDesk(async ({ store }) => expect((await store.measure()).messages).toBe(20))
    expect(messagesIn(home.file)).toEqual(before)
    expect(messagesIn(aside)).toEqual(replaced)
    expect(namesIn(home.dataDir).filter((name) => /incoming|restore\.json/.test(name))).toEqual([])
    const ports = { clock: systemClock, random: systemRandom, log: home.log }
    expect(await finishRestore(home.dataDir, ports)).toBeNull()
  })
}

test("killed before it became a fact, it never happened", async () => {
  using world = await changedSince()
  const { home, archive } = world
  const messages = messagesIn(home.file)
  writeFileSync(`${home.file}.incoming`, "half of it")
  await home.atDesk(async () => null)
  expect(messagesIn(home.file)).toEqual(messages)
  expect(namesIn(home.dataDir).filter((name) => name.includes("incoming"))).toEqual([])
  await restored(home, archive)
  expect(namesIn(home.dataDir).filter((name) => name.includes("incoming"))).toEqual([])
})

test("a restore that is a fact is not disturbed by whoever only looks at another", async () => {
  using world = await changedSince()
  const { home, archive, before } = world
  await interrupted(home, archive, `${home.file}.replaced-x`)
  expect((await refusal(restored(home, archive, null))).code).toBe("backup.busy")
  await home.atDesk(async () => null)
  expect(messagesIn(home.file)).toEqual(before)
})

test("a restore that nobody could finish yet keeps others waiting, and lets them know", async () => {
  using world = await changedSince()
  const { home, archive } = world
  await interrupted(home, archive, `${home.file}.replaced-x`)
  using _server = occupy(home.file, "shared")
  const ports = { clock: systemClock, random: systemRandom, log: home.log }
  expect((await refusal(finishRestore(home.dataDir, ports, 50))).code).toBe("store.occupied")
})

test("keys and choices that a restore brings count from the start that finishes it, in a folder that was moved since", async () => {
  using world = await changedSince()
  const { home } = world
  const chosen = join(home.dataDir, "settings.toml")
  writeFileSync(chosen, 'admission.mode = "closed"\n')
  const backups = home.backups()
  const { name } = await backups.make(home.by)
  const keys = readFileSync(join(home.dataDir, "identity.json"))
  rmSync(chosen)
  rmSync(join(home.dataDir, "identity.json"))
  // It becomes a fact, and nobody is there to finish it.
  await backups.restore(name, home.by)
  const moved = `${home.dataDir}-moved`
  using _moved = { [Symbol.dispose]: () => rmSync(moved, { recursive: true, force: true }) }
  renameSync(home.dataDir, moved)
  const given = { port: "0", "public-url": "http://localhost:8080", "data-dir": moved, "storage-ballast": "0" }
  const sources = { config: null, env: {}, flags: new Map(Object.entries(given)), cwd: moved }
  await using mediator = await startMediator(loadSettings(sources), { sources, write() {} })
  const minted = JSON.parse(readFileSync(join(moved, "identity.json"), "utf8")).generations[0].agreement
  expect(minted).toEqual(JSON.parse(keys.toString()).generations[0].agreement)
  const request = { type: `${coordination3}/mediate-request` }
  expect((await ask(mediator, createResident(), request)).type).toEndWith("mediate-deny")
  expect(namesIn(moved).filter((one) => /incoming|restore\.json/.test(one))).toEqual([])
})
