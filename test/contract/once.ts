import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { audit, bobs, HOUR, letter, type Place, ROOMY, START, world } from "./world.ts"

const fact = (key: string, until = START + HOUR) => ({ kind: "nonce", key, until })
const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => "done",
    (thrown: unknown) => Fault.from(thrown).code,
  )

export function onceContract(place: () => Promise<Place>): void {
  test("an act happens once for a fact, whatever the act, until the fact has ended", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const [mailbox, quota] = [bob.id, ROOMY]
    const once = (key: string) => here.store.once(fact(key))
    const event = { id: "e", payload: "", tags: [] }
    const contract = { id: "c", parties: ["a", "b"] as const, expiresAt: START + HOUR, content: "" }
    const shown = { id: "p", publisher: "did:example:bob", channel: "", tags: [], content: "" }
    const acts = {
      deposit: (n: number) => once("1").deposit({ address: home, messages: [letter({ text: `${n}` })], quota }),
      save: () => once("2").saveEvents({ mailbox, events: [event], quota }),
      retag: () => once("3").retagEvents({ mailbox, updates: [], quota }),
      contract: () => once("4").saveContract({ mailbox, contract, quota }),
      publish: () => once("5").publish({ mailbox, event: shown, quota }),
      unpublish: () => once("6").unpublish({ mailbox, id: "p" }),
      acknowledge: () => once("7").acknowledge({ mailbox, lane: "didcomm", ids: [] }),
      ask: () => once("8").ask({ did: "did:example:new", lane: "decentrl", state: "approved", audit }),
      bind: () => once("9").bind({ mailbox, lane: "decentrl", did: "did:example:b", aliases: [], maxAddresses: 9 }),
    }
    for (const act of Object.values(acts)) {
      expect(await codeOf(act(1))).toBe("done")
      expect(await codeOf(act(2))).toBe("command.replayed")
    }
    expect(await here.texts(bob.id)).toEqual(["1"])
    here.clock.pass(HOUR)
    expect(await codeOf(acts.deposit(3))).toBe("done")
    expect(await here.texts(bob.id)).toEqual(["1", "3"])
  })

  test("a view can be settled without an act: it takes the fact once, and not from an act of its own", async () => {
    await using here = await world(await place())
    const ask = { did: "did:example:new", lane: "decentrl", state: "pending", audit } as const
    const used = here.store.once(fact("1"))
    await used.ask(ask)
    await used.settle()
    await used.settle()
    const [late] = await Promise.allSettled([here.store.once(fact("1")).settle()])
    expect(late).toMatchObject({ status: "rejected", reason: { code: "command.replayed" } })
    const tries = Array.from({ length: 9 }, () => here.store.once(fact("2")).settle())
    const outcomes = await Promise.allSettled(tries)
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
  })

  test("an act that happens once answers what it always answers", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const [known] = [letter({ text: "known" })]
    await here.deposit(home, known)
    const messages = [known, letter({ text: "new" })]
    const answer = await here.store.once(fact("1")).deposit({ address: home, messages, quota: ROOMY })
    expect(answer).toMatchObject([null, { id: (await here.all(bob.id))[1]?.id }])
    const nobody = { ...home, id: home.id + 99 }
    expect(await here.store.once(fact("2")).deposit({ address: nobody, messages, quota: ROOMY })).toBe("gone")
    const carol = await here.store.once(fact("3")).ask({ did: "did:c", lane: "decentrl", state: "pending", audit })
    expect(carol).toEqual((await here.store.findRegistration("did:c")) ?? expect.anything())
  })

  test("a refusal by the act itself uses the fact up, too", async () => {
    const { here, home } = await bobs(await place())
    await using _ = here
    const full = { address: home, messages: [letter()], quota: { messages: 0, bytes: 0 } }
    expect(await here.store.once(fact("1")).deposit(full)).toBe("full")
    expect(await here.store.reserve("nonce", "1", START + HOUR)).toBe(false)
  })

  test("of many who do an act for one fact at once, one does it, and others' facts are untouched", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const deposit = (key: string, text: string) =>
      codeOf(here.store.once(fact(key)).deposit({ address: home, messages: [letter({ text })], quota: ROOMY }))
    const rush = await Promise.all(Array.from({ length: 50 }, (_, n) => deposit("same", `${n}`)))
    expect(rush.toSorted()).toEqual([...Array(49).fill("command.replayed"), "done"])
    expect(await deposit("other", "other")).toBe("done")
    expect(await here.texts(bob.id)).toEqual([`${rush.indexOf("done")}`, "other"])
  })

  test("a deposit may take its fact along, without a view", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const put = (key: string, text: string, to = home, quota = ROOMY) =>
      here.store.deposit({ address: to, messages: [letter({ text })], quota, once: fact(key) })
    const rush = await Promise.all(Array.from({ length: 20 }, (_, n) => codeOf(put("same", `${n}`))))
    expect(rush.toSorted()).toEqual([...Array(19).fill("command.replayed"), "done"])
    expect(await put("gone", "x", { ...home, id: home.id + 99 })).toBe("gone")
    expect(await codeOf(put("gone", "y"))).toBe("command.replayed")
    expect(await put("full", "z", home, { messages: 1, bytes: 99 })).toBe("full")
    expect(await codeOf(here.store.once(fact("full")).settle())).toBe("command.replayed")
    expect(await here.texts(bob.id)).toEqual([`${rush.indexOf("done")}`])
  })

  test("the ledger and the acts know the same facts, each under its kind", async () => {
    const { here, home } = await bobs(await place())
    await using _ = here
    const deposit = (kind: string, key: string) =>
      codeOf(
        here.store
          .once({ kind, key, until: START + HOUR })
          .deposit({ address: home, messages: [letter()], quota: ROOMY }),
      )
    await here.store.reserve("nonce", "1", START + HOUR)
    expect(await deposit("nonce", "1")).toBe("command.replayed")
    expect(await deposit("session", "1")).toBe("done")
    expect(await here.store.reserve("session", "1", START + HOUR)).toBe(false)
  })

  test("after the first act was done, later ones of the same view go through; after a replay none does", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const put = (text: string) => ({ address: home, messages: [letter({ text })], quota: ROOMY })
    const view = here.store.once(fact("1"))
    expect(await view.findRegistration(bob.did)).toEqual(bob)
    expect(await here.store.reserve("nonce", "other", START + HOUR)).toBe(true)
    await view.deposit(put("first"))
    await view.deposit(put("second"))
    expect(await view.standing({ mailbox: bob.id, lane: "didcomm", address: null })).toMatchObject({ messages: 2 })
    const replay = here.store.once(fact("1"))
    expect(await codeOf(replay.deposit(put("third")))).toBe("command.replayed")
    expect(await codeOf(replay.deposit(put("fourth")))).toBe("command.replayed")
    expect(await here.texts(bob.id)).toEqual(["first", "second"])
  })

  test("an act that fails leaves its fact free, and harms none of those that came at the same time", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const deposit = (key: string) =>
      codeOf(here.store.once(fact(key)).deposit({ address: home, messages: [letter({ text: key })], quota: ROOMY }))
    const view = here.store.once(fact("poisoned"))
    const binding = { lane: "didcomm", did: "did:example:nowhere", aliases: [], maxAddresses: 9 } as const
    const poisoned = codeOf(view.bind({ ...binding, mailbox: bob.id + 77 }))
    const all = await Promise.all([deposit("1"), poisoned, deposit("2"), deposit("1")])
    expect(all).toEqual(["done", "internal", "done", "command.replayed"])
    expect(await here.texts(bob.id)).toEqual(["1", "2"])
    // The view still holds its fact for whatever is done next, and only once.
    expect(await view.bind({ ...binding, mailbox: bob.id })).toBe("bound")
    expect(await deposit("poisoned")).toBe("command.replayed")
    expect(await deposit("2")).toBe("command.replayed")
  })

  test("what is turned away because the disk is busy has not used its fact up", async () => {
    const { here, home } = await bobs(await place(), { deposits: 1 })
    await using _ = here
    const deposit = (key: string) =>
      codeOf(here.store.once(fact(key)).deposit({ address: home, messages: [letter()], quota: ROOMY }))
    expect(await Promise.all([deposit("1"), deposit("2")])).toEqual(["done", "request.busy"])
    expect(await deposit("2")).toBe("done")
  })

  test("a store opened again remembers facts together with their effects", async () => {
    const where = await place()
    if (!where.keeps) return await where[Symbol.asyncDispose]()
    await using here = await world(where)
    const { id: mailbox } = await here.resident("did:example:bob", "decentrl")
    const save = (id: string) =>
      codeOf(here.store.once(fact("1")).saveEvents({ mailbox, events: [{ id, payload: "", tags: [] }], quota: ROOMY }))
    expect(await save("first")).toBe("done")
    await here.reopen()
    expect(await save("second")).toBe("command.replayed")
    const page = { mailbox, tags: [], match: "all", after: 0, limit: 9, bytes: 99 } as const
    expect((await here.store.queryEvents(page)).items).toMatchObject([{ id: "first" }])
  })
}
