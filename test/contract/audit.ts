import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { canonicalJson } from "../../src/base/canonical.ts"
import { Fault } from "../../src/faults.ts"
import { audit, type Place, START, world } from "./world.ts"

const entry = (action: string) => ({ actor: "ada", action, subject: "did:example:bob" })

export function auditContract(place: () => Promise<Place>): void {
  test("each line's hash is SHA-256 over the hash before it and the canonical JSON of its other members", async () => {
    await using here = await world(await place())
    const first = await here.store.audit({ ...entry("look"), detail: "ä \ud800 \u0000 \u{1f4ee}" })
    here.clock.pass(3)
    const second = await here.store.audit(entry("look again"))
    expect([first.seq, first.at, second.seq, second.at]).toEqual([1, START, 2, START + 3])
    const hashOf = (before: string, { hash: _, ...members }: typeof first) =>
      createHash("sha256")
        .update(before + canonicalJson(members))
        .digest("hex")
    expect(first.hash).toBe(hashOf("", first))
    expect(second.hash).toBe(hashOf(first.hash, second))
    expect(await here.store.auditLines({ after: 0, limit: 9 })).toEqual([first, second])
    expect(await here.store.verifyAudit()).toEqual({ lines: 2, broken: null })
  })

  test("an empty audit holds", async () => {
    await using here = await world(await place())
    expect(await here.store.verifyAudit()).toEqual({ lines: 0, broken: null })
    expect(await here.store.auditLines({ limit: 9 })).toEqual([])
  })

  test("whatever changes a registration writes one line, in the order in which it was done", async () => {
    await using here = await world(await place())
    const did = "did:example:bob"
    const by = (action: string) => ({ actor: "ada", action, subject: did })
    await here.store.ask({ did, lane: "didcomm", state: "pending", audit: by("ask") })
    await here.store.ask({ did, lane: "didcomm", state: "pending", audit: by("ask again") })
    await here.store.ask({ did, lane: "decentrl", state: "pending", audit: by("lane") })
    await here.store.transition({ did, from: ["denied"], to: "approved", audit: by("not approve") })
    await here.store.transition({ did, from: ["pending"], to: "approved", audit: by("approve") })
    await here.store.describe({ did, label: "Bob", audit: by("describe") })
    await here.store.rotate({ from: did, to: "did:example:new", at: START, audit: by("rotate") })
    await here.store.forget({ did: "did:example:new", audit: by("forget") })
    const lines = await here.store.auditLines({ after: 0, limit: 99 })
    expect(lines.map(({ action, detail }) => `${action}: ${detail}`)).toEqual([
      "ask: ",
      "lane: and decentrl",
      "approve: pending → approved",
      'describe: label "" → "Bob"',
      "rotate: did:example:bob → did:example:new",
      "forget: approved, addresses 2",
    ])
    expect(await here.store.verifyAudit()).toEqual({ lines: 6, broken: null })
  })

  test("lines are read newest first before a seq or oldest first after one, and searched whatever the case", async () => {
    await using here = await world(await place())
    for (const action of ["one", "Two", "three", "two"]) await here.store.audit(entry(action))
    const read = async (query: object) => (await here.store.auditLines({ limit: 2, ...query })).map(({ seq }) => seq)
    expect(await read({})).toEqual([4, 3])
    expect(await read({ before: 0 })).toEqual([4, 3])
    expect(await read({ before: 3 })).toEqual([2, 1])
    expect(await read({ after: 0 })).toEqual([1, 2])
    expect(await read({ after: 3 })).toEqual([4])
    expect(await read({ after: 4 })).toEqual([])
    expect(await read({ text: "TWO" })).toEqual([4, 2])
    expect(await read({ text: "two", before: 4 })).toEqual([2])
    expect(await read({ text: "%" })).toEqual([])
  })

  test("2,500 lines written at once make one unbroken chain", async () => {
    await using here = await world(await place())
    await Promise.all(Array.from({ length: 2500 }, (_, n) => here.store.audit(entry(`act ${n}`))))
    expect(await here.store.verifyAudit()).toEqual({ lines: 2500, broken: null })
  })

  test("an act that fails leaves no line, and the chain goes on", async () => {
    await using here = await world(await place())
    const invite = { id: "a", label: "", uses: 1, expiresAt: null, createdAt: START, overrides }
    await here.store.createInvite({ invite, audit })
    const again = await here.store.createInvite({ invite, audit }).catch((thrown) => Fault.from(thrown).code)
    expect(again).toBe("internal")
    await here.store.audit(entry("after"))
    expect(await here.store.verifyAudit()).toEqual({ lines: 2, broken: null })
  })
}

const overrides = { maxMessages: null, maxBytes: null }
