/** What is done to many at once, what is looked up in long lists, and what is taken home as a file. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { town } from "../decentrl/people.ts"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { browser, desk, type Json, PASSWORD } from "./desk.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(60_000)

const request = { type: `${coordination3}/mediate-request` }
const path = (did: string, rest = "") => `/registrations/${encodeURIComponent(did)}${rest}`

/** A desk with wallets that wait. */
async function waiting(count: number) {
  const d = await desk({ "admission-mode": "approval" })
  const wallets = Array.from({ length: count }, () => createResident())
  for (const who of wallets) await d.m.ask(who, request)
  const dids = wallets.map(({ did }) => did)
  const bulk = (action: string, dryRun: boolean, wanted = dids) =>
    d.ada.call("POST", "/registrations/bulk", { dids: wanted, action, dryRun })
  const states = async () => {
    const { items } = (await d.ada.call("GET", "/registrations")).body
    return Object.fromEntries(items.map(({ did, state }: Json) => [did, state]))
  }
  return { ...d, dids, wallets, bulk, states }
}

test("many are approved at once, each with its own outcome; a dry run says the same and changes nothing", async () => {
  await using d = await waiting(3)
  const [one = "", two = "", three = ""] = d.dids
  await d.ada.call("POST", path(two, "/transition"), { transition: "approve" })
  const wanted = [one, two, three, "did:example:nobody", one]
  const expected = [
    { did: one, ok: true, state: "approved" },
    { did: two, ok: false, error: { code: "account.state", message: expect.stringContaining("approved") } },
    { did: three, ok: true, state: "approved" },
    { did: "did:example:nobody", ok: false, error: { code: "account.unknown", message: expect.any(String) } },
  ]
  const before = (await d.ada.call("GET", "/audit?limit=1")).body.items[0].seq
  expect((await d.bulk("approve", true, wanted)).body.items).toEqual(expected)
  expect(await d.states()).toEqual({ [one]: "pending", [two]: "approved", [three]: "pending" })
  expect((await d.ada.call("GET", "/audit?limit=1")).body.items[0].seq).toBe(before)
  expect((await d.bulk("approve", false, wanted)).body.items).toEqual(expected)
  expect(await d.states()).toEqual({ [one]: "approved", [two]: "approved", [three]: "approved" })
  expect((await d.ada.call("GET", "/audit?text=registration.approve&limit=9")).body.items).toHaveLength(3)
})

test("many are suspended, resumed, purged and forgotten; what that takes is said before", async () => {
  await using d = await waiting(2)
  await d.bulk("approve", false)
  const [bob = createResident()] = d.wallets
  const add = { updates: [{ recipient_did: bob.did, action: "add" }] }
  await d.m.ask(bob, { type: `${coordination3}/recipient-update`, body: add })
  await d.m.post(await d.m.letter(createResident(), bob.did, "hello"))
  const messages = async (action: string, dryRun: boolean) =>
    (await d.bulk(action, dryRun)).body.items.map(({ erased, state }: Json) => erased?.messages ?? state)
  expect(await messages("suspend", false)).toEqual(["suspended", "suspended"])
  expect(await messages("resume", false)).toEqual(["approved", "approved"])
  expect(await messages("purge", true)).toEqual([1, 0])
  expect(await messages("purge", false)).toEqual([1, 0])
  expect(await messages("purge", false)).toEqual([0, 0])
  expect((await d.bulk("forget", true)).body.items).toMatchObject([{ erased: { addresses: 1 } }, { ok: true }])
  expect(Object.keys(await d.states())).toHaveLength(2)
  expect((await d.bulk("forget", false)).body.items).toMatchObject([{ erased: { addresses: 1 } }, { ok: true }])
  expect(await d.states()).toEqual({})
})

test("500 long DIDs are taken at once, and no more", async () => {
  await using d = await desk()
  const dids = Array.from({ length: 501 }, (_, n) => `did:example:${n}${"x".repeat(2_000)}`)
  const bulk = (wanted: string[]) =>
    d.ada.call("POST", "/registrations/bulk", { dids: wanted, action: "approve", dryRun: true })
  const { body, status } = await bulk(dids.slice(1))
  expect(status).toBe(200)
  expect(body.items).toHaveLength(500)
  expect(await bulk(dids)).toMatchObject({ status: 400, body: { error: { member: "dids" } } })
  expect(await bulk([])).toMatchObject({ status: 400 })
})

test("erasing many takes the password again, and purging the scope for mailboxes", async () => {
  const clock = fakeClock(Date.now())
  await using d = await desk({}, { clock })
  const body = (action: string, dryRun = false) => ({ dids: ["did:example:nobody"], action, dryRun })
  const bulk = (action: string, dryRun = false) => d.ada.call("POST", "/registrations/bulk", body(action, dryRun))
  clock.pass(6 * 60_000)
  for (const action of ["forget", "purge"]) {
    expect(await bulk(action)).toMatchObject({ status: 403, body: { error: { code: "admin.confirm" } } })
    expect((await bulk(action, true)).status).toBe(200)
  }
  expect((await bulk("suspend")).status).toBe(200)
  await d.ada.call("POST", "/session/confirm", { password: PASSWORD })
  expect((await bulk("forget")).status).toBe(200)
  const program = await d.program("registrations")
  const asked = (action: string) => program.call("POST", "/registrations/bulk", body(action))
  expect((await asked("forget")).status).toBe(200)
  expect(await asked("purge")).toMatchObject({ status: 403, body: { error: { code: "admin.scope" } } })
  const both = await d.program("registrations", "mailboxes")
  expect((await both.call("POST", "/registrations/bulk", body("purge"))).status).toBe(200)
})

test("a registration shows its addresses and contracts, and loses an address that the operator takes", async () => {
  await using t = await town({ "admin-password": PASSWORD, "limits-per-address": "0" })
  const ada = browser(t.admin.url)
  await ada.signIn("admin")
  const [alice, bob] = await t.friends()
  const shown = (await ada.call("GET", path(bob.did))).body
  expect(shown).toMatchObject({ addressList: [{ did: bob.did, lane: "decentrl" }], online: 0 })
  const withMediator = shown.contracts.filter(({ parties }: Json) => parties.includes(t.home.did))
  const withAlice = shown.contracts.filter(({ parties }: Json) => parties.includes(alice.did))
  expect([withMediator.length, withAlice.length]).toEqual([1, 1])
  expect(JSON.stringify(shown)).not.toContain("signature")

  const wallet = await t.resident("wallet")
  const release = () => ada.call("DELETE", path(wallet.did, `/addresses/${encodeURIComponent(wallet.did)}`))
  expect((await release()).body).toEqual({ released: 1 })
  expect((await release()).body).toEqual({ released: 0 })
  expect((await ada.call("GET", path(wallet.did))).body.addressList).toEqual([])
  expect((await ada.call("GET", "/audit?limit=1")).body.items).toMatchObject([
    { action: "registration.release", subject: wallet.did, detail: wallet.did },
  ])
})

test("queues show what waits, and what was handed out and never acknowledged", async () => {
  const clock = fakeClock(Date.now())
  await using d = await desk({}, { clock })
  const { m, ada } = d
  const [bob, carol] = [await m.resident(), await m.resident()]
  const sender = createResident()
  await m.post(await m.letter(sender, carol.did, "first"))
  clock.pass(1_000)
  for (const words of ["one", "two"]) await m.post(await m.letter(sender, bob.did, words))
  const queues = async (sort: string) => {
    const { items } = (await ada.call("GET", `/queues?sort=${sort}`)).body
    return items.map(({ did, messages, unacknowledged }: Json) => [did, messages, unacknowledged])
  }
  expect(await queues("messages")).toEqual([
    [bob.did, 2, 0],
    [carol.did, 1, 0],
  ])
  expect((await queues("oldest")).map(([did]: string[]) => did)).toEqual([carol.did, bob.did])
  await m.inbox(carol)
  // Upkeep looks once a minute.
  clock.pass(60_000)
  while ((await queues("unacknowledged"))[0]?.[2] !== 1) await Bun.sleep(20)
  expect(await queues("unacknowledged")).toEqual([
    [carol.did, 1, 1],
    [bob.did, 2, 0],
  ])
  const [{ id } = { id: "" }] = await m.inbox(carol)
  await m.ask(carol, { type: `${pickup3}/messages-received`, body: { message_id_list: [id] } })
  expect(await queues("bytes")).toEqual([[bob.did, 2, 0]])
})

/** What a browser would save. */
async function saved(d: Awaited<ReturnType<typeof desk>>, address: string) {
  const response = await d.ada.send("GET", address)
  expect(response.status).toBe(200)
  const name = response.headers.get("content-disposition")
  return { name, type: response.headers.get("content-type"), text: await response.text() }
}

test("the audit is exported whole, in order, as lines of JSON or as CSV, and can be searched", async () => {
  await using d = await desk()
  const ports = { clock: systemClock, random: systemRandom, dataDir: d.m.folder, writer: "in-place" } as const
  const log = createLog({ level: "error", format: "text", clock: systemClock, write: () => {} })
  await using store = await openStore("sqlite:restante.db", { ...ports, log })
  const odd = 'a "quoted", comma\nand a line'
  for (let n = 0; n < 1_200; n++) {
    await store.audit({ actor: "somebody", action: "test.note", subject: `=cmd ${n}`, detail: odd })
  }
  const lines = await saved(d, "/audit/export")
  expect(lines.name).toMatch(/^attachment; filename="restante-audit-\d{4}-\d\d-\d\d\.jsonl"$/)
  expect(lines.type).toBe("application/jsonl")
  const read = lines.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
  expect(read.map(({ seq }) => seq)).toEqual(Array.from(read, (_, index) => index + 1))
  expect(read.length).toBeGreaterThan(1_200)
  expect(read.at(-1)).toMatchObject({ action: "test.note", subject: "=cmd 1199", detail: odd })

  const csv = await saved(d, "/audit/export?format=csv&text=test.note")
  expect(csv.type).toBe("text/csv; charset=utf-8")
  expect(csv.name).toEndWith('.csv"')
  const rows = csv.text.split("\r\n")
  expect(rows[0]).toBe("seq,at,actor,action,subject,detail,hash")
  expect(rows).toHaveLength(1_202)
  // A spreadsheet must not take it for a formula.
  expect(rows[1]).toContain(`,test.note,'=cmd 0,"a ""quoted"", comma\nand a line",`)
  expect((await saved(d, "/audit/export?text=nothing-like-this")).text).toBe("")
  const admins = (await saved(d, "/audit/export?action=admin.")).text.trim().split("\n")
  expect(admins.map((line) => JSON.parse(line).action)).toEqual(["admin.create"])
  expect((await d.ada.call("GET", "/audit?action=create")).body.items).toEqual([])
})

test("registrations are exported as CSV or JSON, and none twice", async () => {
  await using d = await desk()
  const ports = { clock: systemClock, random: systemRandom, dataDir: d.m.folder, writer: "in-place" } as const
  const log = createLog({ level: "error", format: "text", clock: systemClock, write: () => {} })
  expect(JSON.parse((await saved(d, "/registrations/export?format=json")).text)).toEqual([])
  await using store = await openStore("sqlite:restante.db", { ...ports, log })
  const dids = Array.from({ length: 1_001 }, (_, n) => `did:example:${n}`)
  for (const did of dids) {
    const audit = { actor: "test", action: "registration.approved", subject: did }
    await store.ask({ did, lane: "didcomm", state: "approved", audit })
  }
  await d.ada.call("PATCH", path("did:example:7"), { label: "Seven, of course", note: "+1" })
  const json = await saved(d, "/registrations/export?format=json")
  expect(json.name).toMatch(/filename="restante-registrations-.*\.json"$/)
  const all = JSON.parse(json.text)
  expect(all.map(({ did }: Json) => did).sort()).toEqual(dids.toSorted())
  expect(all.find(({ did }: Json) => did === "did:example:7")).toMatchObject({ label: "Seven, of course" })
  expect(all[0]).not.toHaveProperty("id")
  const csv = (await saved(d, "/registrations/export")).text.split("\r\n")
  expect(csv[0]).toStartWith("did,state,lanes,label,note,")
  expect(csv).toHaveLength(1_003)
  expect(csv.find((row) => row.startsWith("did:example:7,"))).toContain(`,"Seven, of course",'+1,`)
  const found = (await saved(d, "/registrations/export?format=json&text=SEVEN&state=approved&lane=didcomm")).text
  expect(JSON.parse(found).map(({ did }: Json) => did)).toEqual(["did:example:7"])
  expect(JSON.parse((await saved(d, "/registrations/export?format=json&state=denied")).text)).toEqual([])
})
