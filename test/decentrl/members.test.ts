import { expect, test } from "bun:test"
import { createMembers } from "../../src/decentrl/members.ts"
import { createRegistrations } from "../../src/mailbox/registrations.ts"
import { audit, HOUR, ROOMY, START, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

const [BOB, ALICE, US] = ["did:decentrl:bob", "did:decentrl:alice", "did:example:us"] as const

/** Bob, registered, on a store that counts how often it is asked for something, and may be made slow. */
async function town() {
  const here = await world(await inMemory())
  const { store, clock } = here
  const asked: string[] = []
  let looks = 0
  let pause = async () => {}
  const counted = {
    async lastChange() {
      looks++
      return store.lastChange()
    },
    async findRegistration(did: string) {
      asked.push(did)
      const found = await store.findRegistration(did)
      await pause()
      return found
    },
    async contractUntil(between: readonly [string, string]) {
      asked.push(between.join(" & "))
      return store.contractUntil(between)
    },
  }
  const seen: number[] = []
  const rules = { mode: "open", allow: [], deny: [], maxPending: 9, pendingTtl: HOUR } as const
  const ports = { isOpen: async () => false, seen: (mailbox: number) => void seen.push(mailbox), refused() {} }
  const members = createMembers({
    own: { dids: [US] },
    store: counted,
    registrations: createRegistrations({ ...store, ...counted }, () => rules, ports),
    archive: counted,
    clock,
  })
  const agree = (mailbox: number, parties: [string, string], expiresAt = START + HOUR) =>
    store.saveContract({ mailbox, contract: { id: parties.join(), parties, expiresAt, content: "c" }, quota: ROOMY })
  const bob = await here.resident(BOB, "decentrl")
  await agree(bob.id, [BOB, US])
  /** Whether Bob is found, and may be written to by Alice, each time asked anew as for a command. */
  const look = async () => {
    const { find, hasContract } = await members()
    return [(await find(BOB))?.did ?? null, await hasContract([ALICE, BOB])]
  }
  const news = () => asked.splice(0)
  const slowly = (by: () => Promise<void>) => {
    pause = by
  }
  return { here, store, clock, members, looks: () => looks, bob, agree, look, news, seen, slowly }
}

test("what is known of members is not looked up again as long as no registration changes", async () => {
  const { here, bob, agree, look, news } = await town()
  await using _ = here
  expect(await look()).toEqual([BOB, false])
  expect(news()).toEqual([BOB, `${BOB} & ${US}`, `${ALICE} & ${BOB}`])
  // A new contract shows at once: that there is none was not remembered.
  await agree(bob.id, [ALICE, BOB])
  expect(await look()).toEqual([BOB, true])
  expect(news()).toEqual([`${ALICE} & ${BOB}`])
  expect(await look()).toEqual([BOB, true])
  expect(news()).toEqual([])
})

test("whoever is sent away, let in or forgotten is so with the next command, and contracts go with their owners", async () => {
  const { here, store, bob, agree, look, news } = await town()
  await using _ = here
  await agree(bob.id, [ALICE, BOB])
  expect(await look()).toEqual([BOB, true])
  await store.transition({ did: BOB, from: ["approved"], to: "suspended", audit })
  expect(await look()).toEqual([null, true])
  await store.transition({ did: BOB, from: ["suspended"], to: "approved", audit })
  expect(await look()).toEqual([BOB, true])
  await store.forget({ did: BOB, audit })
  expect(await look()).toEqual([null, false])
  news()
  await here.resident(BOB, "decentrl")
  // Admitted again, but without a contract.
  expect(await look()).toEqual([null, false])
  expect(news()).toContain(BOB)
})

test("a contract ends when its time is up, and its owner is no member without one", async () => {
  const { here, clock, bob, agree, look } = await town()
  await using _ = here
  await agree(bob.id, [ALICE, BOB], START + 10)
  expect(await look()).toEqual([BOB, true])
  clock.pass(9)
  expect(await look()).toEqual([BOB, true])
  clock.pass(1)
  expect(await look()).toEqual([BOB, false])
  clock.pass(HOUR)
  expect(await look()).toEqual([null, false])
})

test("who asks at the same time shares one look, and who asks later takes another", async () => {
  const { here, store, members, looks } = await town()
  await using _ = here
  await Promise.all([members(), members(), members()])
  expect(looks()).toBe(1)
  const [before] = await Promise.all([members(), members()])
  expect(await members()).toBe(before)
  await store.transition({ did: BOB, from: ["approved"], to: "denied", audit })
  expect(await members()).not.toBe(before)
  expect(looks()).toBe(4)
})

test("what was looked up before a change, and comes back after it, is not taken for what is so now", async () => {
  const { here, store, members, look, slowly } = await town()
  await using _ = here
  const late = Promise.withResolvers<void>()
  slowly(() => late.promise)
  const { find } = await members()
  const before = find(BOB)
  slowly(async () => {})
  await store.transition({ did: BOB, from: ["approved"], to: "revoked", audit })
  await members()
  late.resolve()
  expect((await before)?.did).toBe(BOB)
  expect(await look()).toEqual([null, false])
})

test("an owner was seen whenever it proves itself, whoever gets mail was not, and we are nobody's member", async () => {
  const { here, bob, members, seen } = await town()
  await using _ = here
  for (const _ of "12") {
    const { find, owner } = await members()
    expect(await find(BOB)).toEqual(bob)
    expect(await owner(BOB)).toEqual(bob)
    expect([await owner(ALICE), await owner(US), await find(US)]).toEqual([null, null, null])
  }
  expect(seen).toEqual([bob.id, bob.id])
})
