/** The mediator tries itself out, by its own front door. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { startMediator } from "../../src/app/compose.ts"
import { house } from "../app/house.ts"
import { createResident } from "../kit/resident.ts"
import { type Browser, desk, type Json } from "./desk.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(60_000)

const hops = ["ping", "grant", "address", "forward", "pickup", "ack"]
const tried = async (ada: Browser) => {
  const { status, body } = await ada.call("POST", "/test")
  expect(status).toBe(200)
  expect(body.items.map(({ hop }: Json) => hop)).toEqual(hops)
  return body
}
const failures = (items: Json[]) => items.filter(({ isOk }) => !isOk).map(({ hop, problem }) => `${hop}: ${problem}`)

test.each(["open", "approval", "invite", "closed"])(
  "where admission is %s every hop succeeds, and nothing stays behind",
  async (mode) => {
    await using d = await desk({ "admission-mode": mode, "admission-deny": "did:peer" })
    const body = await tried(d.ada)
    expect(failures(body.items)).toEqual([])
    expect(body.isOk).toBe(true)
    for (const { ms } of body.items) expect(ms).toBeWithin(0, 10_000)
    expect((await d.ada.call("GET", "/registrations")).body.total).toBe(0)
    expect((await d.ada.call("GET", "/invites")).body.total).toBe(0)
    expect((await d.ada.call("GET", "/status")).body).toMatchObject({ messages: 0, bytes: 0 })
    const { items: lines } = (await d.ada.call("GET", "/audit?text=self-test")).body
    expect(lines.map(({ action }: Json) => action)).toEqual(["registration.forget", "registration.approve"])
    expect(new Set(lines.map(({ actor }: Json) => actor))).toEqual(new Set(["ada@local"]))
    // It opened no door for anybody else.
    const { type } = await d.m.ask(createResident(), {
      type: "https://didcomm.org/coordinate-mediation/3.0/mediate-request",
    })
    expect(type).toEndWith("mediate-deny")
  },
)

test("several at once are done one after the other, and all succeed", async () => {
  await using d = await desk()
  const all = await Promise.all([tried(d.ada), tried(d.ada), tried(d.ada)])
  expect(all.map(({ isOk }) => isOk)).toEqual([true, true, true])
  expect((await d.ada.call("GET", "/registrations")).body.total).toBe(0)
})

test("the hop that fails is named with its reason, those after it were not tried, and nothing stays behind", async () => {
  await using d = await desk({ "mailbox-max-message-bytes": "1 KiB" })
  const { items, isOk } = await tried(d.ada)
  expect(isOk).toBe(false)
  expect(failures(items)).toEqual([
    "forward: The mediator reported: The message is larger than a mailbox here accepts.",
    "pickup: Not tried, because forward failed.",
    "ack: Not tried, because forward failed.",
  ])
  expect((await d.ada.call("GET", "/registrations")).body.total).toBe(0)
})

test("the visitor of a test that was killed is erased by the next start, and nobody else", async () => {
  using home = await house({ port: "0", "storage-ballast": "0", "log-level": "error" })
  const [visitor, member] = ["did:example:visitor", "did:example:member"]
  for (const did of [visitor, member]) await home.deliver(did, 1)
  await home.atDesk(({ store }) =>
    store.keep({ kind: "self-test", key: visitor, value: "ada", until: Number.MAX_SAFE_INTEGER }),
  )
  const loaded = { settings: home.settings, origins: new Map(), chosen: new Map(), file: null }
  await (await startMediator(loaded))[Symbol.asyncDispose]()
  await home.atDesk(async ({ accounts, audit, store }) => {
    expect((await accounts.list({ limit: 10 })).items.map(({ did }) => did)).toEqual([member])
    expect(await store.keptAll("self-test")).toEqual([])
    const [line] = (await audit.lines({ limit: 10 })).filter(({ action }) => action === "registration.forget")
    expect(line).toMatchObject({ actor: "ada", subject: visitor, detail: expect.stringContaining("self-test") })
  })
})
