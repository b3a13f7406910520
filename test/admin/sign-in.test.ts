import { Database } from "bun:sqlite"
import { expect, setDefaultTimeout, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TOTP } from "otpauth"
import { fakeClock } from "../kit/clock.ts"
import { mediator } from "../kit/mediator.ts"
import { browser, desk, NAME, PASSWORD } from "./desk.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(60_000)

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const statusOf = async (reply: Promise<{ status: number }>) => (await reply).status

test("the setup code makes one admin, once, and is good for half an hour", async () => {
  const clock = fakeClock()
  await using m = await mediator({}, { clock })
  const code = m.admin.setup?.code ?? ""
  expect(code).toMatch(/^[2-9A-HJKMNP-Z]{8}$/)
  const [early, late] = [browser(m.admin.url), browser(m.admin.url)]
  const make = (one: typeof early, typed: string, name: string) =>
    one.call("POST", "/setup", { code: typed, name, password: PASSWORD })

  expect((await early.call("GET", "/setup")).body).toEqual({ isOpen: true })
  expect(await make(early, "22222222", "eve")).toMatchObject({
    status: 403,
    body: { error: { code: "admin.setup_code" } },
  })
  expect(await statusOf(early.call("POST", "/setup", { code, name: "ada", password: "too short" }))).toBe(400)
  clock.pass(29 * MINUTE)
  const both = await Promise.all([
    make(early, ` ${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`, "ada"),
    make(late, code, "eve"),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  expect((await early.call("GET", "/setup")).body).toEqual({ isOpen: false })
  expect(await statusOf(make(late, code, "mallory"))).toBe(403)

  await using other = await mediator({}, { clock })
  clock.pass(30 * MINUTE)
  const tooLate = browser(other.admin.url)
  expect(
    await statusOf(tooLate.call("POST", "/setup", { code: other.admin.setup?.code, name: "ada", password: PASSWORD })),
  ).toBe(403)
})

test("guessing the setup code is slowed, and ends it for good", async () => {
  const clock = fakeClock()
  await using m = await mediator({ "limits-per-address": "0" }, { clock })
  const one = browser(m.admin.url)
  const make = (code: string) => one.call("POST", "/setup", { code, name: "ada", password: PASSWORD })
  let wrong = 0
  const statuses: number[] = []
  while (wrong < 20) {
    const { status } = await make("22222222")
    statuses.push(status)
    if (status === 403) wrong++
    else clock.pass(MINUTE)
  }
  expect(statuses.slice(0, 6)).toEqual([403, 403, 403, 403, 403, 429])
  clock.pass(HOUR / 4)
  expect(await statusOf(make(m.admin.setup?.code ?? ""))).toBe(403)
})

test("the password in the settings makes the first admin, and there is no setup code then", async () => {
  await using m = await mediator({ "admin-password": "from a secret file" })
  expect(m.admin.setup).toBeNull()
  const one = browser(m.admin.url)
  expect(await one.signIn("admin", "from a secret file")).toMatchObject({ status: 200, body: { admin: "admin" } })
  const { body } = await one.call("GET", "/settings")
  const shown = body.settings.find(({ key }: { key: string }) => key === "admin.password")
  expect(shown).toMatchObject({ value: "(secret)", isSecret: true })
  expect(JSON.stringify(body)).not.toContain("from a secret file")
})

test("a storm of sign-ins gets five tries, and then each must wait longer; the owner gets in after a minute", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  const eve = browser(d.m.admin.url)
  const storm = await Promise.all(Array.from({ length: 50 }, (_, n) => eve.signIn(NAME, `wrong password ${n}`)))
  const count = (status: number) => storm.filter((reply) => reply.status === status).length
  expect([count(401), count(429)]).toEqual([5, 45])
  expect(storm.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("1")

  const waits: number[] = []
  for (let n = 0; n < 8; n++) {
    const { headers } = await eve.signIn()
    const wait = Number(headers.get("retry-after"))
    waits.push(wait)
    clock.pass(wait * 1000)
    expect(await statusOf(eve.signIn(NAME, "wrong again, as ever"))).toBe(401)
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
  // The right password waits like any other.
  expect(await statusOf(eve.signIn())).toBe(429)
  clock.pass(15 * MINUTE)
  expect(await statusOf(eve.signIn())).toBe(200)
  expect(await statusOf(eve.signIn(NAME, "wrong again, as ever"))).toBe(401)
})

test("a name that nobody has is refused in the same words, and slowed like any other", async () => {
  await using d = await desk()
  const eve = browser(d.m.admin.url)
  const unknown = await eve.signIn("nobody", PASSWORD)
  const wrong = await eve.signIn(NAME, "not the password")
  expect(unknown.status).toBe(401)
  expect(unknown.body).toEqual(wrong.body)
  for (let n = 0; n < 3; n++) await eve.signIn("nobody", PASSWORD)
  expect(await statusOf(eve.signIn("nobody", PASSWORD))).toBe(429)
})

test("a session ends half an hour after its last use, and twelve hours after it began", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  clock.pass(29 * MINUTE)
  expect(await statusOf(d.ada.call("GET", "/session"))).toBe(200)
  clock.pass(29 * MINUTE)
  expect(await statusOf(d.ada.call("GET", "/session"))).toBe(200)
  clock.pass(31 * MINUTE)
  expect(await statusOf(d.ada.call("GET", "/session"))).toBe(401)

  await d.ada.signIn()
  for (let n = 0; n < 47; n++) {
    clock.pass(15 * MINUTE)
    expect(await statusOf(d.ada.call("GET", "/session"))).toBe(200)
  }
  clock.pass(15 * MINUTE)
  expect(await statusOf(d.ada.call("GET", "/session"))).toBe(401)
})

test("what is dangerous takes the password again after five minutes", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  const make = () => d.ada.call("POST", "/tokens", { name: "t", scopes: ["read"], expiresIn: null })
  expect(await statusOf(make())).toBe(200)
  clock.pass(5 * MINUTE)
  expect(await make()).toMatchObject({ status: 403, body: { error: { code: "admin.confirm" } } })
  expect(await statusOf(d.ada.call("POST", "/session/confirm", { password: "not the password" }))).toBe(401)
  expect(await statusOf(make())).toBe(403)
  expect(await statusOf(d.ada.call("POST", "/session/confirm", { password: PASSWORD }))).toBe(200)
  expect(await statusOf(make())).toBe(200)
})

test("the cookie is for this host only, out of reach of scripts and other sites, and its secret is kept nowhere", async () => {
  await using d = await desk()
  const plain = await browser(d.m.admin.url).signIn()
  expect(plain.headers.get("set-cookie")).toMatch(/^restante=[\w-]{43}; HttpOnly; SameSite=Strict; Max-Age=43200$/)
  const secret = /=([\w-]+);/.exec(plain.headers.get("set-cookie") ?? "")?.[1] ?? ""
  using db = new Database(join(d.m.folder, "restante.db"), { readonly: true })
  const kept = JSON.stringify([
    db.query("SELECT * FROM desk").all(),
    db.query("SELECT * FROM admin").all(),
    db.query("SELECT * FROM token").all(),
  ])
  expect(kept).toContain("argon2id")
  for (const hidden of [secret, PASSWORD, d.m.admin.setup?.code ?? ""]) expect(kept).not.toContain(hidden)

  await using m = await mediator({ "public-url": "https://post.example", "admin-password": PASSWORD })
  const secure = browser(m.admin.url)
  const { headers } = await secure.call(
    "POST",
    "/session",
    { name: "admin", password: PASSWORD },
    { origin: "https://post.example" },
  )
  expect(headers.get("set-cookie")).toMatch(/^__Host-restante=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; /)
  expect(await statusOf(secure.call("GET", "/session"))).toBe(200)
  const renamed = secure.cookie().replace("__Host-", "")
  expect(await statusOf(secure.call("GET", "/session", undefined, { cookie: renamed }))).toBe(401)
})

test("an authenticator app is asked for once it was confirmed, and none of its codes counts twice", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  const { body } = await d.ada.call("POST", "/totp")
  const app = new TOTP({ secret: body.secret })
  const code = () => app.generate({ timestamp: clock.now() })
  expect(body.uri).toContain(`secret=${body.secret}`)
  const other = browser(d.m.admin.url)
  expect(await statusOf(other.signIn())).toBe(200)

  expect(await statusOf(d.ada.call("POST", "/totp/confirm", { code: "000000" }))).toBe(401)
  const first = code()
  const confirmed = await d.ada.call("POST", "/totp/confirm", { code: first })
  expect(new Set(confirmed.body.recoveryCodes).size).toBe(10)
  expect(await other.signIn()).toMatchObject({ status: 401, body: { error: { code: "admin.code_needed" } } })
  expect(await statusOf(other.signIn(NAME, PASSWORD, first))).toBe(401)
  clock.pass(30_000)
  const second = code()
  const both = await Promise.all([1, 2].map(() => statusOf(other.signIn(NAME, PASSWORD, second))))
  expect(both.sort()).toEqual([200, 401])
  clock.pass(2 * MINUTE)
  expect(await statusOf(other.signIn(NAME, PASSWORD, second))).toBe(401)

  await d.ada.call("POST", "/session/confirm", { password: PASSWORD })
  expect(await statusOf(d.ada.call("DELETE", "/totp"))).toBe(200)
  expect(await statusOf(other.signIn())).toBe(200)
})

test("asking for the code does not start the count of failures anew", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  const { body } = await d.ada.call("POST", "/totp")
  await d.ada.call("POST", "/totp/confirm", {
    code: new TOTP({ secret: body.secret }).generate({ timestamp: clock.now() }),
  })
  const eve = browser(d.m.admin.url)
  const statuses: number[] = []
  for (let n = 0; n < 8; n++) {
    await eve.signIn()
    statuses.push(await statusOf(eve.signIn(NAME, PASSWORD, "123456")))
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
})

test("each recovery code signs in once", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  const { body } = await d.ada.call("POST", "/totp")
  const code = new TOTP({ secret: body.secret }).generate({ timestamp: clock.now() })
  const { recoveryCodes } = (await d.ada.call("POST", "/totp/confirm", { code })).body
  const other = browser(d.m.admin.url)
  const tries = await Promise.all([1, 2, 3].map(() => statusOf(other.signIn(NAME, PASSWORD, recoveryCodes[0]))))
  expect(tries.sort()).toEqual([200, 401, 401])
  expect((await other.call("GET", "/session")).body).toMatchObject({ recoveryCodesLeft: 9, hasSecondFactor: true })
  expect(await statusOf(other.signIn(NAME, PASSWORD, recoveryCodes[1].toLowerCase()))).toBe(200)
  expect((await other.call("GET", "/session")).body.recoveryCodesLeft).toBe(8)
})

test("two admins work side by side; who is removed, signs out or changes the password has no session left", async () => {
  await using d = await desk()
  const [bob, elsewhere] = [browser(d.m.admin.url), browser(d.m.admin.url)]
  expect(await statusOf(d.ada.call("POST", "/admins", { name: "bob", password: "bob's own password" }))).toBe(200)
  expect(await statusOf(d.ada.call("POST", "/admins", { name: "bob", password: "another password" }))).toBe(409)
  await bob.signIn("bob", "bob's own password")
  await elsewhere.signIn("bob", "bob's own password")
  const made = await Promise.all([d.ada, bob].map((one) => one.call("POST", "/invites", { label: "guest" })))
  expect(made.map(({ status }) => status)).toEqual([200, 200])
  const { items: lines } = (await bob.call("GET", "/audit?text=invite.create")).body
  expect(lines.map(({ actor }: { actor: string }) => actor).sort()).toEqual(["ada@local", "bob@local"])

  expect((await d.ada.call("GET", "/sessions")).body.sessions).toHaveLength(3)
  expect(await statusOf(bob.call("POST", "/password", { password: "bob's new password" }))).toBe(200)
  expect(await statusOf(bob.call("GET", "/session"))).toBe(200)
  expect(await statusOf(elsewhere.call("GET", "/session"))).toBe(401)
  expect(await statusOf(elsewhere.signIn("bob", "bob's own password"))).toBe(401)
  await elsewhere.signIn("bob", "bob's new password")
  expect(await statusOf(elsewhere.call("DELETE", "/session"))).toBe(200)
  expect(await statusOf(elsewhere.call("GET", "/session"))).toBe(401)

  expect(await statusOf(d.ada.call("DELETE", "/admins/bob"))).toBe(200)
  expect(await statusOf(bob.call("GET", "/session"))).toBe(401)
  expect(await d.ada.call("DELETE", "/admins/ada")).toMatchObject({
    status: 409,
    body: { error: { code: "admin.last" } },
  })
  const { sessions } = (await d.ada.call("GET", "/sessions")).body
  expect(sessions).toMatchObject([{ admin: "ada", isThis: true }])
  expect(await statusOf(d.ada.call("DELETE", `/sessions/${sessions[0].id}`))).toBe(200)
  expect(await statusOf(d.ada.call("GET", "/session"))).toBe(401)
})

test("a token does what its scopes say until it expires or is revoked, and is shown once", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  const reader = await d.program("read")
  expect(await statusOf(reader.call("GET", "/registrations"))).toBe(200)
  expect(await statusOf(reader.call("POST", "/invites", {}))).toBe(403)
  const all = await d.program("admin")
  expect(await statusOf(all.call("POST", "/invites", {}))).toBe(200)
  const listed = await d.ada.call("GET", "/tokens")
  expect(listed.body.tokens).toHaveLength(2)
  expect(listed.body.tokens[0]).toMatchObject({ id: reader.id, scopes: ["read"], lastUsedAt: clock.now() })
  expect(Object.keys(listed.body.tokens[0])).not.toContain("hash")
  expect(await statusOf(d.ada.call("DELETE", `/tokens/${reader.id}`))).toBe(200)
  expect(await statusOf(reader.call("GET", "/registrations"))).toBe(401)

  const { body } = await d.ada.call("POST", "/tokens", { name: "short", scopes: ["read"], expiresIn: HOUR })
  const use = () => browser(d.m.admin.url).call("GET", "/status", undefined, { authorization: `Bearer ${body.secret}` })
  expect(await statusOf(use())).toBe(200)
  clock.pass(HOUR)
  expect(await statusOf(use())).toBe(401)
})

test("admins, sessions and tokens outlive a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "restante-"))
  const first = await desk({ "data-dir": folder })
  const { port } = new URL(first.m.url)
  const { ada } = first
  const program = await first.program("read")
  await first[Symbol.asyncDispose]()

  await using m = await mediator({ "data-dir": folder, port })
  expect(m.admin.setup).toBeNull()
  expect(await ada.call("GET", "/session")).toMatchObject({ status: 200, body: { admin: NAME } })
  expect(await statusOf(ada.call("POST", "/invites", {}))).toBe(200)
  expect(await statusOf(program.call("GET", "/status"))).toBe(200)
  expect(await statusOf(browser(m.admin.url).signIn())).toBe(200)
  rmSync(folder, { recursive: true, force: true })
})
