/** Who may have a mailbox, as wallets and the operator meet it: a real mediator, and commands beside it. */

import { expect, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { createAccounts } from "../../src/mailbox/accounts.ts"
import { createInvites } from "../../src/mailbox/invites.ts"
import type { Account } from "../../src/mailbox/operator-ports.ts"
import { openStore } from "../../src/store/store.ts"
import { listeningLog } from "../contract/world.ts"
import { fakeClock } from "../kit/clock.ts"
import { coordination2, coordination3, type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"

const cli = { name: "cli", address: null }
const asConfigured = { maxMessages: null, maxBytes: null }
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What an operator's command has: its own store on the same file. */
async function desk(m: Mediator, clock = systemClock) {
  const given = { dataDir: m.folder, clock, random: systemRandom, log: listeningLog(), writer: "in-place" } as const
  const store = await openStore("sqlite:restante.db", given)
  return {
    store,
    accounts: createAccounts(store, { clock }),
    invites: createInvites(store, { clock, random: systemRandom }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const request = (m: Mediator, who: Resident, extra: object = {}, version = coordination3) =>
  m.ask(who, { type: `${version}/mediate-request`, ...extra })
const answer = async (...given: Parameters<typeof request>) => (await request(...given)).type.split("/").at(-1)

async function takeMail(m: Mediator, who: Resident) {
  const updates = [{ recipient_did: who.did, action: "add" }]
  return (await m.ask(who, { type: `${coordination3}/recipient-update`, body: { updates } })).body
}
const fetchMail = (m: Mediator, who: Resident) => m.ask(who, { type: `${pickup3}/status-request` })
const send = async (m: Mediator, from: Resident, to: Resident, text: string) =>
  m.post(await m.letter(from, to.did, text))

test("a wallet waits, is approved beside the running server, asks again, and mediates", async () => {
  await using m = await mediator({ "admission-mode": "approval" })
  await using operator = await desk(m)
  const [wallet, friend] = [createResident(), createResident()]
  for (const version of [coordination2, coordination3]) {
    expect(await request(m, wallet, {}, version)).toMatchObject({ type: `${version}/mediate-deny`, body: {} })
  }
  expect((await fetchMail(m, wallet)).body).toMatchObject({ code: "e.p.req.not_enroll" })
  const { items } = await operator.accounts.list({ states: ["pending"], limit: 9 })
  expect(items.map(({ did }) => did)).toEqual([wallet.did])

  await operator.accounts.change(wallet.did, "approve", cli)
  expect(await request(m, wallet)).toMatchObject({
    type: `${coordination3}/mediate-grant`,
    body: { routing_did: [m.did] },
  })
  expect(await takeMail(m, wallet)).toMatchObject({ updated: [{ result: "success" }] })
  expect(await send(m, friend, wallet, "welcome")).toMatchObject({ status: 202 })
  expect(await m.inbox(wallet)).toMatchObject([{ content: "welcome" }])
  const lines = await operator.store.auditLines({ after: 0, limit: 9 })
  expect(lines.filter(({ subject }) => subject === wallet.did).map(({ actor, action }) => [actor, action])).toEqual([
    [wallet.did, "registration.pending"],
    ["cli", "registration.approve"],
  ])
  expect(await operator.store.verifyAudit()).toMatchObject({ broken: null })
})

test("whoever the operator denies is denied again and again", async () => {
  await using m = await mediator({ "admission-mode": "approval" })
  await using operator = await desk(m)
  const wallet = createResident()
  await request(m, wallet)
  await operator.accounts.change(wallet.did, "deny", cli)
  expect([await answer(m, wallet), await answer(m, wallet)]).toEqual(["mediate-deny", "mediate-deny"])
  expect(await operator.accounts.found(wallet.did)).toMatchObject({ state: "denied" })
})

test("a suspended member neither fetches nor receives, looks unknown to senders, and has its mail after it resumes", async () => {
  await using m = await mediator()
  await using operator = await desk(m)
  const [bob, alice] = [await m.resident(), createResident()]
  await send(m, alice, bob, "before")
  await operator.accounts.change(bob.did, "suspend", cli)

  expect((await fetchMail(m, bob)).body).toMatchObject({ code: "e.p.req.not_enroll" })
  const ofSuspended = await alice.open((await send(m, alice, bob, "during")).text)
  const nobody = createResident()
  const ofUnknown = await alice.open((await send(m, alice, nobody, "hello?")).text)
  expect(ofSuspended.body).toEqual({ ...ofUnknown.body, args: [bob.did] })
  expect(ofSuspended.body.code).toBe("e.p.req.not_enroll")
  expect(await answer(m, bob)).toBe("mediate-deny")

  await operator.accounts.change(bob.did, "resume", cli)
  expect(await send(m, alice, bob, "after")).toMatchObject({ status: 202 })
  expect((await m.inbox(bob)).map(({ content }) => content)).toEqual(["before", "after"])
})

test("of 50 wallets that come with one invite at once, exactly as many are let in as it says", async () => {
  await using m = await mediator({ "admission-mode": "invite", "limits-per-address": "0" })
  await using operator = await desk(m)
  const wanted = { label: "party", uses: 7, expiresIn: null, overrides: { maxMessages: 3, maxBytes: null } }
  const { id } = await operator.invites.create(wanted, cli)
  const wallets = Array.from({ length: 50 }, () => createResident())
  const answers = await Promise.all(wallets.map((wallet) => answer(m, wallet, { pthid: id })))
  expect(answers.filter((one) => one === "mediate-grant")).toHaveLength(7)
  expect(await operator.invites.found(id)).toMatchObject({ used: 7 })
  const { items, total } = await operator.accounts.list({ limit: 99 })
  expect(total).toBe(7)
  expect(items[0]).toMatchObject({
    state: "approved",
    invite: id.slice(0, 8),
    label: "party",
    overrides: { maxMessages: 3 },
  })
  const guest = wallets[answers.indexOf("mediate-grant")] ?? createResident()
  expect(await answer(m, guest)).toBe("mediate-grant")
  expect(await operator.invites.found(id)).toMatchObject({ used: 7 })
})

test("the quota that came with an invite is the mailbox's", async () => {
  await using m = await mediator({ "admission-mode": "invite" })
  await using operator = await desk(m)
  const wanted = { label: "", uses: 1, expiresIn: DAY, overrides: { maxMessages: 2, maxBytes: null } }
  const { id } = await operator.invites.create(wanted, cli)
  const [bob, alice] = [createResident(), createResident()]
  expect(await answer(m, bob, { pthid: id })).toBe("mediate-grant")
  await takeMail(m, bob)
  for (const text of ["1", "2"]) expect(await send(m, alice, bob, text)).toMatchObject({ status: 202 })
  const refused = await alice.open((await send(m, alice, bob, "3")).text)
  expect(refused.body).toMatchObject({ code: "e.p.me.res.storage" })
  await operator.accounts.describe(bob.did, { overrides: asConfigured }, cli)
  expect(await send(m, alice, bob, "3")).toMatchObject({ status: 202 })
})

test("closed is closed, also with an invite, except for whom the operator named; and a denial is for everybody", async () => {
  const [named, denied] = [createResident(), createResident()]
  const lists = { "admission-allow": named.did, "admission-deny": `did:web,${denied.did.slice(0, -9)}*` }
  for (const mode of ["closed", "open"]) {
    await using m = await mediator({ "admission-mode": mode, ...lists })
    await using operator = await desk(m)
    const { id } = await operator.invites.create({ label: "", uses: 9, expiresIn: null, overrides: asConfigured }, cli)
    expect(await answer(m, named)).toBe("mediate-grant")
    expect(await answer(m, denied, { pthid: id })).toBe("mediate-deny")
    expect(await answer(m, createResident(), { pthid: id })).toBe(mode === "open" ? "mediate-grant" : "mediate-deny")
    expect(await operator.store.findRegistration(denied.did)).toBeNull()
  }
})

test("when the line is full, a newcomer is told to come back, and why", async () => {
  await using m = await mediator({ "admission-mode": "approval", "admission-max-pending": "1" })
  expect(await answer(m, createResident())).toBe("mediate-deny")
  const report = await request(m, createResident())
  expect(report.type).toEndWith("/problem-report")
  expect(report.body).toMatchObject({ code: "e.p.me.res", comment: expect.stringContaining("operator") })
})

test("what an operator forgets is gone from the running server, and the wallet is a newcomer again", async () => {
  await using m = await mediator()
  await using operator = await desk(m)
  const [bob, alice] = [await m.resident(), createResident()]
  await send(m, alice, bob, "secret")
  const planned = await operator.accounts.forget(bob.did, null)
  expect(planned).toMatchObject({ messages: 1, addresses: 1 })
  expect(await operator.accounts.forget(bob.did, cli)).toEqual(planned)
  expect((await fetchMail(m, bob)).body).toMatchObject({ code: "e.p.req.not_enroll" })
  expect(await answer(m, bob)).toBe("mediate-grant")
  await takeMail(m, bob)
  expect(await m.inbox(bob)).toEqual([])
})

test("upkeep notes who was seen, shortens what was handed over, warns who is idle, and forgets them", async () => {
  const clock = fakeClock()
  const flags = { "mailbox-delivered-ttl": "1h", "mailbox-idle-account-ttl": "4h", "mailbox-ttl": "30d" }
  await using m = await mediator(flags, { clock })
  await using operator = await desk(m, clock)
  const [bob, alice] = [await m.resident(), createResident()]
  const begin = clock.now()
  const look = () => operator.store.account(bob.did)
  await m.post(await m.letter(alice, bob.did, "read", { created_time: undefined }))
  expect(await m.inbox(bob)).toMatchObject([{ content: "read" }])
  await m.post(await m.letter(alice, bob.did, "unread", { created_time: undefined }))
  /** Lets minutes pass until something is so; upkeep goes on beside the test. */
  async function until(isSo: (account: Account | null) => boolean): Promise<number> {
    for (let minutes = 0; minutes < 2000; minutes++) {
      if (isSo(await look())) return clock.now() - begin
      clock.pass(60_000)
      await operator.store.ready()
      await Bun.sleep(1)
    }
    throw new Error("it did not come about")
  }
  await until((account) => account?.lastSeenAt === begin)
  expect(await look()).toMatchObject({ messages: 2, pruneAt: null })
  expect(await until((account) => account?.messages === 1)).toBeGreaterThanOrEqual(HOUR)
  expect(await until((account) => typeof account?.pruneAt === "number")).toBeGreaterThanOrEqual(2 * HOUR)
  expect(((await look())?.pruneAt ?? 0) - begin).toBeGreaterThanOrEqual(4 * HOUR)
  expect(await until((account) => account === null)).toBeGreaterThanOrEqual(4 * HOUR)
  const [line] = await operator.store.auditLines({ limit: 1 })
  expect(line).toMatchObject({ actor: "upkeep", action: "registration.pruned", subject: bob.did })
}, 30_000)

test("a stop does not forget who was seen within the last minute", async () => {
  const m = await mediator()
  await using operator = await desk(m)
  const bob = await m.resident()
  await fetchMail(m, bob)
  await m[Symbol.asyncDispose]()
  expect((await operator.store.account(bob.did))?.lastSeenAt).toBeNumber()
})
