import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { toBase64url } from "../../src/base/bytes.ts"
import { coordination3, type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"
import { jwt, now, rotation } from "../kit/rotation.ts"

let m: Mediator
beforeAll(async () => {
  m = await mediator()
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

const statusRequest = { type: `${pickup3}/status-request` }
const isMember = async (who: Resident) => (await m.ask(who, statusRequest)).type === `${pickup3}/status`
const addressesOf = async (who: Resident) =>
  (await m.ask(who, { type: `${coordination3}/recipient-query` })).body.dids as { recipient_did: string }[]

describe("a resident that becomes another DID", () => {
  test("keeps its mailbox, its addresses and its mail, and is no longer the one it was", async () => {
    const [old, fresh] = [await m.resident(), createResident()]
    await m.post(await m.letter(createResident(), old.did, "before"))
    const reply = await m.ask(fresh, { ...statusRequest, from_prior: rotation(old, fresh) })
    expect(reply).toMatchObject({ type: `${pickup3}/status`, to: [fresh.did], body: { message_count: 1 } })
    expect(await isMember(old)).toBe(false)
    expect(await addressesOf(fresh)).toContainEqual({ recipient_did: old.did })
    expect((await m.ask(old, { type: `${coordination3}/mediate-request` })).type).toEndWith("/mediate-deny")
  })

  test("still gets what is forwarded to the old DID", async () => {
    const [old, fresh] = [await m.resident(), createResident()]
    await m.ask(fresh, { ...statusRequest, from_prior: rotation(old, fresh) })
    expect(await m.post(await m.letter(createResident(), old.did, "after"))).toMatchObject({ status: 202, text: "" })
    expect((await m.ask(fresh, statusRequest)).body.message_count).toBe(1)
  })

  test("may say so again and again until it is heard", async () => {
    const [old, fresh] = [await m.resident(), createResident()]
    const from_prior = rotation(old, fresh)
    for (const _ of [1, 2, 3]) expect((await m.ask(fresh, { ...statusRequest, from_prior })).type).toEndWith("/status")
  })

  test("may go on to a third, but only later than it became the second", async () => {
    const [first, second, third] = [await m.resident(), createResident(), createResident()]
    await m.ask(second, { ...statusRequest, from_prior: rotation(first, second, now() - 10) })
    const stale = await m.ask(third, { ...statusRequest, from_prior: rotation(second, third, now() - 20) })
    expect(stale.body.code).toBe("e.p.req.not_enroll")
    const later = await m.ask(third, { ...statusRequest, from_prior: rotation(second, third, now()) })
    expect(later.type).toBe(`${pickup3}/status`)
  })
})

describe("nobody takes a mailbox by", () => {
  type Theft = (victim: Resident, thief: Resident) => string
  const thefts: Readonly<Record<string, Theft>> = {
    "a rotation that the thief signed": (victim, thief) => jwt({ iss: victim.did, sub: thief.did, iat: now() }, thief),
    "a rotation whose kid is the victim's and whose signature is not": (victim, thief) =>
      jwt({ iss: victim.did, sub: thief.did, iat: now() }, thief, { kid: victim.signingKid }),
    "a rotation signed by a key agreement key's name": (victim, thief) =>
      jwt({ iss: victim.did, sub: thief.did, iat: now() }, thief, { kid: victim.kid }),
    "a rotation of the victim to somebody else": (victim) => rotation(victim, createResident()),
    "a rotation from the future": (victim, thief) => rotation(victim, thief, now() + 3600),
    "a rotation without a time": (victim, thief) => jwt({ iss: victim.did, sub: thief.did }, victim),
    "a rotation whose times are texts": (victim, thief) =>
      jwt({ iss: victim.did, sub: thief.did, iat: String(now()) as unknown as number }, victim),
    "a rotation that is not a JWT": (victim, thief) =>
      jwt({ iss: victim.did, sub: thief.did, iat: now() }, victim, { typ: "JWS" }),
    "a rotation without a signature": (victim, thief) =>
      `${rotation(victim, thief).split(".").slice(0, 2).join(".")}.${toBase64url(new Uint8Array(64))}`,
    "a rotation of key ids": (victim, thief) =>
      jwt({ iss: victim.signingKid, sub: thief.signingKid, iat: now() }, victim),
    nonsense: () => "nonsense",
    nothing: () => "",
  }
  test.each(Object.entries(thefts))("%s", async (_, theft) => {
    const [victim, thief] = [await m.resident(), createResident()]
    const message = thief.plaintext({ ...statusRequest, return_route: "all", from_prior: theft(victim, thief) }, m.did)
    expect(await m.post(await thief.auth(message, m.did))).toMatchObject({ status: 400, text: "" })
    expect([await isMember(victim), await isMember(thief)]).toEqual([true, false])
  })

  test.each([
    ["anoncrypt", (message: object, thief: Resident) => thief.anon(message, m.did)],
    ["a signature", (message: object, thief: Resident) => thief.sign(message)],
    ["an authcrypt of somebody else", (message: object) => createResident().auth(message, m.did)],
  ] as const)("a good rotation under %s", async (_, seal) => {
    const [victim, thief] = [await m.resident(), createResident()]
    const draft = { ...statusRequest, return_route: "all", from_prior: rotation(victim, thief) }
    expect(await m.post(await seal(thief.plaintext(draft, m.did), thief))).toMatchObject({ status: 400, text: "" })
    expect([await isMember(victim), await isMember(thief)]).toEqual([true, false])
  })
})
