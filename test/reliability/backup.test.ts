import { expect, test } from "bun:test"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { browser } from "../admin/desk.ts"
import { house, messagesIn } from "../app/house.ts"
import { chance, seed } from "./chance.ts"
import { acknowledge, fetchSome, isAccepted, letter, resident, takeAll } from "./people.ts"
import { freePort, freshFolder, launch, program, type Running, spawn } from "./process.ts"
import { mount } from "./tmpfs.ts"

/** Runs a command beside or without the mediator; `before` runs in the same shell. */
async function command(args: readonly string[], { before = "true", env = {} } = {}) {
  const child = Bun.spawn(["bash", "-c", `${before}; exec "$@"`, "bash", program, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { code, stdout, stderr }
}

const backupsIn = (folder: string) => readdirSync(folder).filter((name) => /^restante-.*\.tar/.test(name))

test("a backup under load, restored into a new folder, has every message that was accepted before it, and each as it was", async () => {
  await using mediator = await launch()
  const bob = await resident(mediator)
  const accepted: string[] = []
  const sent: string[] = []
  let isLoaded = true
  const load = Array.from({ length: 4 }, async (_, sender) => {
    for (let n = 0; isLoaded; n++) {
      const { id, bytes } = await letter(mediator, bob.did, `${sender}-${n}`, 500)
      sent.push(id)
      if (await isAccepted(mediator.url, bytes)) accepted.push(id)
    }
  })
  while (accepted.length < 100) await Bun.sleep(10)
  const before = [...accepted]
  const { code, stdout } = await command(["backup", "--data-dir", mediator.dataDir, "--json"])
  const atLeast = accepted.length
  while (accepted.length < atLeast + 20) await Bun.sleep(10)
  isLoaded = false
  await Promise.all(load)
  expect(code).toBe(0)
  const made = JSON.parse(stdout)
  expect(made.isVerified).toBe(true)

  const dataDir = freshFolder()
  const archive = join(made.dir, made.name)
  expect((await command(["restore", archive, "--yes", "--data-dir", dataDir])).code).toBe(0)
  const originals = new Map(messagesIn(join(mediator.dataDir, "restante.db")).map((row) => [row.seq, row]))
  const copies = messagesIn(join(dataDir, "restante.db"))
  expect(copies).toHaveLength(made.messages)
  for (const copy of copies) expect(originals.get(copy.seq)).toEqual(copy)

  const port = Number(new URL(mediator.url).port)
  mediator.kill()
  await mediator.exited
  await using second = await launch({ dataDir, port })
  expect(second.did).toBe(mediator.did)
  const letters = (await takeAll(second, bob)).map((one) => one.letter)
  expect(new Set(letters).size).toBe(letters.length)
  expect(before.filter((id) => !letters.includes(id))).toEqual([])
  expect(letters.filter((id) => !sent.includes(id))).toEqual([])
  rmSync(dataDir, { recursive: true })
}, 60_000)

test("killed in the middle of a backup, it leaves nothing that looks like one", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 2_000, 8_000)
  const random = chance(seed)
  for (let kill = 0; kill < 8; kill++) {
    const child = Bun.spawn([program, "backup", "--data-dir", home.dataDir], {
      env: {},
      stdout: "ignore",
      stderr: "ignore",
    })
    await Bun.sleep(50 + random() * 350)
    child.kill("SIGKILL")
    await child.exited
    for (const name of existsSync(home.dir) ? backupsIn(home.dir) : []) {
      expect([seed, (await command(["backup", "verify", name, "--data-dir", home.dataDir])).code]).toEqual([seed, 0])
    }
  }
  expect((await command(["backup", "--data-dir", home.dataDir])).code).toBe(0)
  expect(readdirSync(home.dir)).not.toContain(".part")
}, 60_000)

test("killed in the middle of a restore, what is there is either all of the old or all of the new", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1_000, 8_000)
  const { name } = await home.backups().make(home.by)
  const restored = messagesIn(home.file)
  await home.deliver("did:example:clara", 500, 8_000)
  const replaced = messagesIn(home.file)
  const random = chance(seed)
  const seen: string[] = []
  for (let kill = 0; kill < 8; kill++) {
    const child = Bun.spawn([program, "restore", name, "--yes", "--data-dir", home.dataDir], {
      env: {},
      stdout: "ignore",
      stderr: "ignore",
    })
    await Bun.sleep(50 + random() * 450)
    child.kill("SIGKILL")
    await child.exited
    expect((await command(["status", "--data-dir", home.dataDir])).code).toBe(0)
    const found = messagesIn(home.file)
    seen.push(found.length === replaced.length ? "old" : "new")
    expect(found).toEqual(found.length === replaced.length ? replaced : restored)
  }
  expect((await command(["restore", name, "--yes", "--data-dir", home.dataDir])).code).toBe(0)
  expect([seen, messagesIn(home.file)]).toEqual([seen, restored])
}, 90_000)

const probe = mount("1m")
const skipped = probe === null
probe?.[Symbol.dispose]()

test.skipIf(skipped)(
  "without room for it no backup is begun, and what failed on the way is taken away again",
  async () => {
    using home = await house()
    await home.deliver("did:example:bob", 500, 8_000)
    using disk = mount("6m")
    const dir = join(disk?.path ?? "", "backups")
    const flags = ["--data-dir", home.dataDir, "--backup-dir"]
    const refused = await command(["backup", ...flags, dir])
    expect([refused.code, refused.stderr]).toEqual([
      74,
      expect.stringMatching(/needs \d+ MiB in .*, where \d+ MiB are free/),
    ])
    expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([])
    // A file may not grow beyond two megabytes: the disk turns out to be full in the middle of the copy.
    const cut = await command(["backup", ...flags, home.dir], { before: "trap '' XFSZ; ulimit -f 2000" })
    expect([cut.code, cut.stderr]).toEqual([74, expect.stringContaining("The backup could not be made")])
    expect(readdirSync(home.dir)).toEqual([])
  },
  30_000,
)

const PASSWORD = "analytical engine"

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await Bun.sleep(50)) {
    if (await isSo().catch(() => false)) return
  }
  throw new Error("it did not come to be")
}

test("restored from the admin pages, the same process comes back on the same port with what the backup has", async () => {
  await using mediator: Running = await launch({ env: { RESTANTE_ADMIN_PASSWORD: PASSWORD } })
  const bob = await resident(mediator)
  for (const id of ["a", "b", "c"]) await isAccepted(mediator.url, (await letter(mediator, bob.did, id)).bytes)
  const admin = browser(`${mediator.url}/admin`)
  await admin.signIn("admin", PASSWORD)
  const { body: made } = await admin.call("POST", "/backups", {})
  expect(made).toMatchObject({ messages: 3, isVerified: true })
  const [first] = await fetchSome(mediator, bob)
  await acknowledge(mediator, bob, [first?.id ?? ""])
  await isAccepted(mediator.url, (await letter(mediator, bob.did, "since")).bytes)
  await admin.call("POST", "/session/confirm", { password: PASSWORD })
  const { status, body } = await admin.call("POST", `/backups/${made.name}/restore`, { dryRun: false })
  expect([status, body]).toMatchObject([200, { messages: 3, lost: 1, again: 1 }])

  // Who was signed in has to do so again.
  await until(async () => (await admin.call("GET", "/status")).status === 401)
  expect((await fetch(`${mediator.url}/readyz`)).status).toBe(200)
  expect((await takeAll(mediator, bob)).map((one) => one.letter)).toEqual(["a", "b", "c"])
  expect((await admin.signIn("admin", PASSWORD)).status).toBe(200)
  expect((await admin.call("GET", "/audit?text=backup.restored")).body.items).toHaveLength(1)
  expect(readdirSync(mediator.dataDir).some((name) => name.startsWith("restante.db.replaced-"))).toBe(true)
  mediator.kill()
  expect(await mediator.exited).toBe(0)
}, 60_000)

test("a folder of backups that hangs holds up nobody but who asks for it, nor the end", async () => {
  const dir = freshFolder()
  const name = "restante-20261122-081530.tar"
  writeFileSync(join(dir, name), "")
  // Nobody ever writes into it: whoever opens it waits for good.
  expect(Bun.spawnSync(["mkfifo", join(dir, `.${name}.json`)]).exitCode).toBe(0)
  await using mediator = await launch({ flags: ["--backup-dir", dir, "--metrics-token", "figures"] })
  const bob = await resident(mediator)
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "one")).bytes)).toBe(true)
  expect(await takeAll(mediator, bob)).toMatchObject([{ letter: "one" }])
  const headers = { authorization: "Bearer figures" }
  const metrics = await (await fetch(`${mediator.url}/metrics`, { headers })).text()
  expect(metrics).toContain("restante_backups_total")
  expect(metrics).not.toMatch(/^restante_backup_time_seconds \d/m)
  const start = performance.now()
  mediator.kill()
  expect(await mediator.exited).toBe(0)
  expect(performance.now() - start).toBeLessThan(10_000)
})

test("a damaged database ends the start with exit code 65, and the name of the newest verified backup", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  const { name } = await home.backups().make(home.by)
  writeFileSync(home.file, readFileSync(home.file).fill(0x3f, 0, 4096))
  const { exited, stderr } = spawn({ dataDir: home.dataDir, port: await freePort() })
  expect(await exited).toBe(65)
  expect(stderr()).toContain(`restante restore ${join(home.dir, name)}`)
}, 30_000)

test("what crashes leave in a data folder keeps nobody from starting", async () => {
  const dataDir = freshFolder()
  const first = await launch({ dataDir })
  const bob = await resident(first)
  expect(await isAccepted(first.url, (await letter(first, bob.did, "kept")).bytes)).toBe(true)
  const port = Number(new URL(first.url).port)
  first.kill("SIGKILL")
  await first.exited
  mkdirSync(join(dataDir, "backups", ".part"), { recursive: true })
  writeFileSync(join(dataDir, "backups", ".part", "restante.db"), "half")
  writeFileSync(join(dataDir, "restante.db.incoming"), "half")
  writeFileSync(join(dataDir, "identity.json.new-1"), "half")
  expect(existsSync(join(dataDir, "restante.db-lock"))).toBe(true)
  expect(existsSync(join(dataDir, "restante.db-wal"))).toBe(true)
  await using second = await launch({ dataDir, port })
  expect((await takeAll(second, bob)).map((one) => one.letter)).toEqual(["kept"])
  expect((await command(["backup", "--data-dir", dataDir])).code).toBe(0)
  rmSync(dataDir, { recursive: true, force: true })
}, 30_000)
