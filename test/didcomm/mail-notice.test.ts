import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { join } from "node:path"
import { mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { userAgent } from "../notify/receiver.ts"

const notice = "urn:restante:mail-notice/1.0"
const discovery = {
  type: "https://didcomm.org/discover-features/2.0/queries",
  body: { queries: [{ "feature-type": "protocol", match: "urn:restante:*" }] },
}
const subscription = { kind: "webpush", url: "https://push.example/abc", ...userAgent().keys }

test("an owner sets, sees, replaces and removes where it is told; the URL is never said again", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  const none = await m.ask(bob, { type: `${notice}/get-target`, body: {} })
  expect(none).toMatchObject({ type: `${notice}/target`, body: { kind: null } })
  const vapid_key = none.body.vapid_key as string
  expect(Buffer.from(vapid_key, "base64url").length).toBe(65)
  const set = await m.ask(bob, { type: `${notice}/set-target`, body: subscription })
  expect(set.body).toEqual({ kind: "webpush", host: "push.example", failed: false, vapid_key })
  const hook = await m.ask(bob, {
    type: `${notice}/set-target`,
    body: { kind: "webhook", url: "https://hook.example/s" },
  })
  expect(hook.body).toMatchObject({
    kind: "webhook",
    host: "hook.example",
    secret: expect.stringMatching(/^whsec_.{44}$/),
  })
  const seen = await m.ask(bob, { type: `${notice}/get-target`, body: {} })
  expect(seen.body).toEqual({ kind: "webhook", host: "hook.example", failed: false, vapid_key })
  for (let round = 0; round < 2; round++) {
    expect((await m.ask(bob, { type: `${notice}/remove-target`, body: {} })).body).toEqual({ kind: null, vapid_key })
  }
})

test("one member's target is not another's, and strangers have none", async () => {
  await using m = await mediator()
  const [bob, eve] = [await m.resident(), await m.resident()]
  await m.ask(bob, { type: `${notice}/set-target`, body: subscription })
  expect((await m.ask(eve, { type: `${notice}/get-target`, body: {} })).body.kind).toBeNull()
  await m.ask(eve, { type: `${notice}/remove-target`, body: {} })
  expect((await m.ask(bob, { type: `${notice}/get-target`, body: {} })).body.kind).toBe("webpush")
  for (const type of ["set-target", "get-target", "remove-target"]) {
    const { body } = await m.ask(createResident(), { type: `${notice}/${type}`, body: subscription })
    expect(body.code).toBe("e.p.req.not_enroll")
  }
})

test("what owners set is in the database, but does not make the audit grow", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  const lines = () => {
    using db = new Database(join(m.folder, "restante.db"), { readonly: true })
    const all = (sql: string) => JSON.stringify(db.query(sql).values())
    return { audit: all("SELECT count(*) FROM audit"), notices: all("SELECT kind, set_by FROM notice") }
  }
  const { audit } = lines()
  await m.ask(bob, { type: `${notice}/set-target`, body: subscription })
  expect(lines()).toEqual({ audit, notices: '[["webpush","owner"]]' })
  await m.ask(bob, { type: `${notice}/remove-target`, body: {} })
  expect(lines()).toEqual({ audit, notices: "[]" })
})

test("a target that cannot be used is refused with the reason, and changes nothing", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  await m.ask(bob, { type: `${notice}/set-target`, body: subscription })
  const set = async (body: object) => (await m.ask(bob, { type: `${notice}/set-target`, body })).body
  expect(await set({ kind: "webhook", url: "http://hook.example/" })).toMatchObject({
    code: "e.p.msg",
    comment: "Nobody can be told there: {1}.",
    args: ["its address is not https"],
  })
  expect(await set({ ...subscription, auth: "x" })).toMatchObject({ code: "e.p.msg" })
  expect((await set({ kind: "fcm", url: "https://x.example/" })).code).toStartWith("e.p.msg.")
  expect((await set({ kind: "webpush", url: "https://x.example/" })).code).toStartWith("e.p.msg.")
  expect((await m.ask(bob, { type: `${notice}/get-target`, body: {} })).body).toMatchObject({ host: "push.example" })
})

test("minor versions and other spellings of the name are understood, as of any protocol", async () => {
  await using m = await mediator()
  const { body } = await m.ask(await m.resident(), { type: "urn:restante:MailNotice/1.3/get_target", body: {} })
  expect(body.kind).toBeNull()
})

test("it is disclosed when owners may use it, and not there when they may not", async () => {
  for (const [flags, ids] of [
    [{}, [notice]],
    [{ "notify-wallets": "false" }, []],
    [{ "notify-outbound": "off" }, []],
  ] as const) {
    await using m = await mediator(flags)
    const bob = await m.resident()
    const { body } = await m.ask(bob, discovery)
    expect((body.disclosures as { id: string }[]).map(({ id }) => id)).toEqual([...ids])
    const answer = await m.ask(bob, { type: `${notice}/get-target`, body: {} })
    expect("code" in answer.body).toBe(ids.length === 0)
  }
})
