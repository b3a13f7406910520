import { expect, test } from "bun:test"
import type { Target } from "../../src/mailbox/notice-ports.ts"
import { audit, DAY, letter, type Place, START, world } from "./world.ts"

const bob = "did:example:bob"
const ntfy: Target = { kind: "ntfy", url: "https://ntfy.example/bob", token: "tk" }
const webhook: Target = { kind: "webhook", url: "https://hook.example/", secret: "whsec_AA==" }
const push: Target = { kind: "webpush", url: "https://push.example/1", p256dh: "BA", auth: "AA" }

export function noticeContract(place: () => Promise<Place>): void {
  test("a target is kept as it was set, and replaced by the next with a clean record", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    expect(await here.store.notice(id)).toBeNull()
    for (const target of [ntfy, webhook, push]) {
      expect(await here.store.setNotice({ mailbox: id, target, setBy: "owner", at: START, audit })).toBe(true)
      const clean = {
        mailbox: id,
        did: bob,
        target,
        setBy: "owner",
        setAt: START,
        toldAt: null,
        failure: null,
      } as const
      expect(await here.store.notice(id)).toEqual(clean)
      await here.store.noteNotice({ mailbox: id, url: target.url, at: START + 1, reason: null })
      await here.store.noteNotice({ mailbox: id, url: target.url, at: START + 2, reason: "HTTP 500" })
      expect(await here.store.notice(id)).toEqual({
        ...clean,
        toldAt: START + 1,
        failure: { at: START + 2, reason: "HTTP 500" },
      })
      await here.store.noteNotice({ mailbox: id, url: target.url, at: START + 3, reason: null })
      expect(await here.store.notice(id)).toEqual({ ...clean, toldAt: START + 3 })
    }
  })

  test("what came of another target is not noted, nor is another one taken away", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    await here.store.setNotice({ mailbox: id, target: ntfy, setBy: "operator", at: START, audit })
    await here.store.noteNotice({ mailbox: id, url: webhook.url, at: START, reason: "HTTP 500" })
    expect(await here.store.notice(id)).toMatchObject({ failure: null })
    expect(await here.store.dropNotice({ mailbox: id, url: webhook.url, audit })).toBe(false)
    const lines = (await here.store.auditLines({ limit: 10 })).length
    expect(await here.store.dropNotice({ mailbox: id, url: ntfy.url, audit })).toBe(true)
    expect(await here.store.dropNotice({ mailbox: id, audit })).toBe(false)
    expect((await here.store.auditLines({ limit: 10 })).length).toBe(lines + 1)
    expect(await here.store.notice(id)).toBeNull()
  })

  test("nobody has a target without a registration, nor does the mediator itself", async () => {
    await using here = await world(await place())
    const own = await here.store.ask({ did: "did:example:us", lane: "decentrl", state: "approved", audit, isOwn: true })
    for (const mailbox of [own.id, 999]) {
      expect(await here.store.setNotice({ mailbox, target: ntfy, setBy: "owner", at: START, audit })).toBe(false)
    }
    expect(await here.store.noticed()).toEqual([])
  })

  test("mail that came since its owner was told is owed, as long as it waits", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    const home = await here.address(id, "did:example:home")
    await here.deposit(home, letter())
    here.clock.pass(1000)
    await here.store.setNotice({ mailbox: id, target: ntfy, setBy: "owner", at: here.clock.now(), audit })
    const owed = async () => (await here.store.noticed()).map(({ mailbox, isOwed }) => [mailbox, isOwed])
    expect(await owed()).toEqual([[id, false]])
    here.clock.pass(1000)
    await here.deposit(home, letter())
    expect(await owed()).toEqual([[id, true]])
    await here.store.noteNotice({ mailbox: id, url: ntfy.url, at: here.clock.now(), reason: null })
    expect(await owed()).toEqual([[id, false]])
    here.clock.pass(1000)
    await here.deposit(home, letter({ expiresAt: START + DAY }))
    expect(await owed()).toEqual([[id, true]])
    here.clock.pass(2 * DAY)
    expect(await owed()).toEqual([[id, false]])
  })

  test("a target moves with its owner to another DID, and goes when the registration is forgotten", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    await here.store.setNotice({ mailbox: id, target: webhook, setBy: "owner", at: START, audit })
    await here.store.rotate({ from: bob, to: "did:example:robert", at: START, audit })
    expect(await here.store.notice(id)).toMatchObject({ did: "did:example:robert", target: webhook })
    await here.store.forget({ did: "did:example:robert", audit })
    expect(await here.store.notice(id)).toBeNull()
    expect(await here.store.noticed()).toEqual([])
  })

  test("the key for push services is the first that was given", async () => {
    await using here = await world(await place())
    expect(await Promise.all(["one", "two"].map((fresh) => here.store.pushKey(fresh)))).toEqual(["one", "one"])
  })
}
