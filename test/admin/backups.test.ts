import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { desk, PASSWORD } from "./desk.ts"

/** Somebody's mailbox with some letters in it, on the mediator of a desk. */
async function mail({ m }: Awaited<ReturnType<typeof desk>>, count: number) {
  const bob = await m.resident()
  for (let n = 0; n < count; n++) await m.post(await m.letter(bob, bob.did, `letter ${n}`))
  return bob
}

const confirm = (ada: Awaited<ReturnType<typeof desk>>["ada"]) =>
  ada.call("POST", "/session/confirm", { password: PASSWORD })

test("a backup is made, listed, verified and audited while the mediator runs", async () => {
  await using world = await desk()
  const { ada, m } = world
  await mail(world, 3)
  const made = await ada.call("POST", "/backups", {})
  expect([made.status, made.body]).toMatchObject([
    200,
    { isVerified: true, isEncrypted: false, messages: 3, schema: 1 },
  ])
  const { body } = await ada.call("GET", "/backups")
  expect(body).toMatchObject({ items: [made.body], schedule: "off", keep: 7, nextAt: null, failure: null })
  expect(body.dir).toBe(join(m.folder, "backups"))
  expect((await ada.call("POST", `/backups/${made.body.name}/verify`, {})).body).toEqual(made.body)
  const { body: audit } = await ada.call("GET", "/audit?text=backup.made")
  expect(audit.items).toMatchObject([
    { action: "backup.made", subject: made.body.name, actor: expect.stringContaining("ada@") },
  ])
})

test("its file is taken away byte by byte, and that is in the audit", async () => {
  await using world = await desk()
  const { ada, m } = world
  const { body: made } = await ada.call("POST", "/backups", {})
  const response = await fetch(`${m.admin.url}/api/backups/${made.name}/file`, { headers: { cookie: ada.cookie() } })
  expect(response.headers.get("content-disposition")).toContain(made.name)
  expect(await response.bytes()).toEqual(await Bun.file(join(m.folder, "backups", made.name)).bytes())
  const { body: audit } = await ada.call("GET", "/audit?text=backup.downloaded")
  expect(audit.items).toMatchObject([{ subject: made.name }])
})

test("a program may look at backups with the scope read, and needs admin for the rest", async () => {
  await using world = await desk()
  const reader = await world.program("read")
  expect((await reader.call("GET", "/backups")).status).toBe(200)
  expect((await reader.call("GET", "/storage")).status).toBe(200)
  const { body: made } = await world.ada.call("POST", "/backups", {})
  for (const [method, path] of [
    ["POST", "/backups"],
    ["GET", `/backups/${made.name}/file`],
    ["DELETE", `/backups/${made.name}`],
    ["POST", `/backups/${made.name}/restore`],
  ] as const) {
    expect([path, (await reader.call(method, path, method === "GET" ? undefined : {})).body.error.code]).toEqual([
      path,
      "admin.scope",
    ])
  }
})

test("the newest verified one stays, an older one goes, and what is no backup is not there", async () => {
  await using world = await desk()
  const { ada } = world
  const { body: first } = await ada.call("POST", "/backups", {})
  const { body: second } = await ada.call("POST", "/backups", {})
  await confirm(ada)
  expect((await ada.call("DELETE", `/backups/${second.name}`)).body.error.code).toBe("backup.newest")
  expect((await ada.call("DELETE", `/backups/${first.name}`)).body).toEqual({ ok: true })
  expect((await ada.call("GET", "/backups")).body.items).toEqual([second])
  for (const name of ["identity.json", "..%2Fidentity.json", "restante-20200101-000000.tar"]) {
    expect([name, (await ada.call("DELETE", `/backups/${name}`)).status]).toEqual([name, 404])
  }
  expect(readdirSync(world.m.folder)).toContain("identity.json")
})

test("a dry run says what a restore would lose and bring back, and changes nothing", async () => {
  await using world = await desk()
  const { ada, m } = world
  const bob = await mail(world, 3)
  const { body: made } = await ada.call("POST", "/backups", {})
  await m.post(await m.letter(bob, bob.did, "since"))
  await confirm(ada)
  const before = readdirSync(m.folder).sort()
  const { body } = await ada.call("POST", `/backups/${made.name}/restore`, { dryRun: true })
  expect(body).toMatchObject({ dryRun: true, messages: 3, registrations: 1, lost: 1, again: 0, lostRegistrations: 0 })
  expect(readdirSync(m.folder).sort()).toEqual(before)
  expect(await m.inbox(bob)).toHaveLength(4)
})

test("the database's size, its disk and its pace can be looked at", async () => {
  await using world = await desk()
  await mail(world, 3)
  const { body } = await world.ada.call("GET", "/storage")
  expect(body).toMatchObject({
    pageSize: 8192,
    schema: 1,
    durability: "full",
    ballastBytes: 0,
    growthBytesPerDay: null,
    daysLeft: null,
  })
  for (const member of ["databaseBytes", "freeBytes", "commitP50", "commitP99"]) expect(body[member]).toBeGreaterThan(0)
})
