import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { createActivity } from "../../src/mailbox/activity.ts"
import { createMailboxes } from "../../src/mailbox/mailboxes.ts"
import { DAY, HOUR, letter, START, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

/** Bob with one address, and mailboxes of at most four messages. */
async function bobs() {
  const here = await world(await inMemory())
  const bob = await here.resident("did:example:bob", "decentrl")
  const home = await here.address(bob.id, "did:example:bob", "decentrl")
  const nudged: (number | string)[][] = []
  const mailboxes = createMailboxes(here.store, {
    clock: here.clock,
    courier: { nudge: (mailbox, kept = []) => void nudged.push([mailbox, ...kept.map(({ content }) => content)]) },
    activity: createActivity(here.store, here.clock),
    policy: () => ({ quota: { messages: 4, bytes: 1000 }, maxMessageBytes: 20, ttl: 3 * DAY, maxAddresses: 9 }),
  })
  const put = (
    given: Parameters<typeof letter>[0] = {},
    { to = home.did, ...more }: { to?: string; limits?: typeof limits } = {},
  ) => {
    const { lane: _, expiresAt: __, ...parcel } = letter(given)
    const names = ["did:example:elsewhere", to]
    return mailboxes.deposit({ to: names, lane: "decentrl", parcels: [parcel], expiresAt: null, ...more })
  }
  return { here, bob, mailboxes, nudged, put, all: () => here.all(bob.id, "decentrl") }
}

const limits = { waitingOfKind: 2, perSender: { count: 1, windowMs: HOUR } }
const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => "done",
    (thrown: unknown) => Fault.from(thrown).code,
  )

test("a deposit tells the ids of what it kept, wakes the owner's listeners, and lasts as long as mail may", async () => {
  const { here, bob, nudged, put, all } = await bobs()
  await using _ = here
  const ids = await put({ text: "a" })
  expect(await all()).toMatchObject([{ id: ids[0], content: "a", expiresAt: START + 3 * DAY }])
  expect(await put({ text: "a" })).toEqual([null])
  expect(nudged).toEqual([[bob.id, "a"], [bob.id]])
})

test("what strangers may send is limited apart from the quota, each limit by its own refusal", async () => {
  const { here, nudged, put, all } = await bobs()
  await using _ = here
  expect(await codeOf(put({ sender: "did:example:1" }, { limits }))).toBe("done")
  expect(await codeOf(put({ sender: "did:example:1" }, { limits }))).toBe("request.rate")
  expect(await codeOf(put({ sender: "did:example:2" }, { limits }))).toBe("done")
  expect(await codeOf(put({ sender: "did:example:3" }, { limits }))).toBe("mailbox.full")
  expect(await codeOf(put({ sender: "did:example:1" }))).toBe("done")
  expect(await codeOf(put())).toBe("done")
  expect(await codeOf(put())).toBe("mailbox.full")
  expect(await all()).toHaveLength(4)
  expect(nudged).toHaveLength(4)
})

test("mail follows a name to whoever has it now, also when others gave it away behind the mailboxes' back", async () => {
  const { here, bob, mailboxes } = await bobs()
  await using _ = here
  const carol = await here.resident("did:example:carol", "decentrl")
  const shared = { lane: "decentrl", did: "did:example:shared" } as const
  const put = (text: string) => {
    const { lane, expiresAt: _, ...parcel } = letter({ text })
    return mailboxes.deposit({ to: [shared.did], lane: "decentrl", parcels: [parcel], expiresAt: null })
  }
  const texts = async (mailbox: number) => (await here.all(mailbox, "decentrl")).map(({ content }) => content)
  expect(await codeOf(put("too early"))).toBe("recipient.unknown")
  await here.address(bob.id, shared.did, "decentrl")
  await put("for bob")
  await put("for bob, too")
  await here.store.unbind({ mailbox: bob.id, ...shared })
  expect(await codeOf(put("between"))).toBe("recipient.unknown")
  await here.address(bob.id, shared.did, "decentrl")
  await put("bob again")
  await here.store.unbind({ mailbox: bob.id, ...shared })
  await here.address(carol.id, shared.did, "decentrl")
  await put("for carol")
  expect(await texts(bob.id)).toEqual(["for bob", "for bob, too", "bob again"])
  expect(await texts(carol.id)).toEqual(["for carol"])
})

test("what is to happen once does, also when the name leads elsewhere by now, and never again", async () => {
  const { here, bob, mailboxes, nudged } = await bobs()
  await using _ = here
  const shared = { lane: "decentrl", did: "did:example:shared" } as const
  const put = (text: string, key: string) => {
    const { lane, expiresAt: _, ...parcel } = letter({ text })
    const once = { kind: "nonce", key, until: START + HOUR }
    return mailboxes.deposit({ to: [shared.did], lane: "decentrl", parcels: [parcel], expiresAt: null, once })
  }
  await here.address(bob.id, shared.did, "decentrl")
  expect(await codeOf(put("a", "1"))).toBe("done")
  expect(await codeOf(put("b", "1"))).toBe("command.replayed")
  await here.store.unbind({ mailbox: bob.id, ...shared })
  await here.address(bob.id, shared.did, "decentrl")
  expect(await codeOf(put("c", "2"))).toBe("done")
  expect(await codeOf(put("d", "2"))).toBe("command.replayed")
  expect(nudged.map(([, text]) => text)).toEqual(["a", "c"])
})

test("an alias that becomes an address of its own takes its mail under its own name", async () => {
  const { here, bob, mailboxes } = await bobs()
  await using _ = here
  const put = (text: string) => {
    const { lane, expiresAt: _, ...parcel } = letter({ text })
    return mailboxes.deposit({ to: ["did:example:alias"], lane: "decentrl", parcels: [parcel], expiresAt: null })
  }
  const own = { mailbox: bob.id, lane: "decentrl" } as const
  await mailboxes.bind({ ...own, did: "did:example:long", aliases: ["did:example:alias"] })
  await put("a")
  await mailboxes.bind({ ...own, did: "did:example:alias", aliases: [] })
  await put("b")
  expect((await here.all(bob.id, "decentrl")).map(({ address }) => address)).toEqual([
    "did:example:long",
    "did:example:alias",
  ])
})

test("nobody's mail and too large mail are refused, and wake nobody", async () => {
  const { here, nudged, put } = await bobs()
  await using _ = here
  expect(await codeOf(put({}, { to: "did:example:nobody" }))).toBe("recipient.unknown")
  expect(await codeOf(put({ content: "é".repeat(11) }))).toBe("message.too_large")
  expect(await codeOf(put({ content: "é".repeat(10) }))).toBe("done")
  expect(nudged).toHaveLength(1)
})
