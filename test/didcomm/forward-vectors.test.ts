import { describe, expect, test } from "bun:test"
import { parsePlaintext } from "../../src/didcomm/message.ts"
import { routing } from "../../src/didcomm/protocols/routing-2.ts"
import { createRegistry } from "../../src/didcomm/registry.ts"
import { coordination3, mediator, pickup3 } from "../kit/mediator.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"
import { didNamed, openerFor, privateKey } from "./vector-world.ts"

type Case = { id: string; expect: string; wire: object; result?: { payloads?: string[] } }
type Vectors = { payloads: Record<string, object>; cases: Case[] }

const vectors = loadVectors<Vectors>("forward.json")
const cases = vectors?.cases ?? []
const greetings = loadVectors<{ cases: Case[] }>("own-envelopes.json")?.cases
const [us, ben] = [didNamed("mediator"), didNamed("ben")]

/** The mediator that the vectors are written to, and somebody who has the addresses that they are for. */
async function postOffice() {
  const [agreement, signing] = [privateKey(`${us}#key-1`).jwk, privateKey(`${us}#key-2`).jwk]
  const flags = { "public-url": "http://127.0.0.1:8080", "identity-methods": "peer2" }
  const m = await mediator(flags, {
    identity: { version: 2, generations: [{ agreement, signing, since: 0, until: null, dids: [] }] },
  })
  const owner = await m.resident()
  // A ping makes the long form of this did:peer:4 known, so that its short form can be registered.
  await m.post(JSON.stringify(greetings?.find(({ id }) => id === "own-peer4-auth-long")?.wire))
  const updates = [ben, didNamed("four-short")].map((recipient_did) => ({ recipient_did, action: "add" }))
  const { body } = await m.ask(owner, { type: `${coordination3}/recipient-update`, body: { updates } })
  expect(body.updated).toEqual(updates.map((update) => ({ ...update, result: "success" })))

  /** The letters that wait, as they would be handed out. */
  async function kept(): Promise<string[]> {
    const { attachments = [] } = await m.ask(owner, { type: `${pickup3}/delivery-request`, body: { limit: 100 } })
    return (attachments as { data: { base64: string } }[]).map(({ data }) =>
      Buffer.from(data.base64, "base64url").toString(),
    )
  }

  const forward = async ({ wire }: Case) => {
    const { status, text } = await m.post(JSON.stringify(wire))
    return { status, text, kept: await kept() }
  }
  return { did: m.did, forward, [Symbol.asyncDispose]: m[Symbol.asyncDispose] }
}

const attached = (plaintext: string): { data: { json?: unknown; base64?: string } }[] =>
  JSON.parse(plaintext).attachments ?? []

/** What the specification leaves to policy: the status, and how many messages are kept. */
const policies: Readonly<Record<string, readonly [number, number]>> = {
  "fwd-next-is-didkey-x25519": [202, 1],
  "fwd-attachment-base64-not-json": [400, 0],
}

describe("forward.json", () => {
  test.skipIf(!vectors)(needsVectors("has 17 cases, and those that are policy are decided"), () => {
    expect(cases).toHaveLength(17)
    expect(cases.filter((one) => one.expect === "policy").map(({ id }) => id)).toEqual(Object.keys(policies))
  })

  const rows = (...wanted: string[]) =>
    cases.filter((one) => wanted.includes(one.expect)).map((one) => [one.id, one] as const)

  test.each(rows("store"))("%s is kept to the letter, and answered by nothing", async (_, one) => {
    await using office = await postOffice()
    expect(office.did).toBe(us)
    const { status, text, kept } = await office.forward(one)
    expect({ status, text }).toEqual({ status: 202, text: "" })
    // Equal texts for one address are one message, however often they are attached.
    const plaintext = (await openerFor([us])(one.wire)).message.text
    const letters = new Set(
      attached(plaintext).map(({ data }) =>
        data.base64 === undefined ? JSON.stringify(data.json) : Buffer.from(data.base64, "base64url").toString(),
      ),
    )
    expect(kept.map((letter) => JSON.parse(letter))).toEqual([...letters].map((letter) => JSON.parse(letter)))
    const sentAsJson = kept.filter((_, index) => attached(plaintext)[index]?.data.base64 === undefined)
    for (const letter of sentAsJson) expect(plaintext).toContain(letter)
    const names = [...new Set(one.result?.payloads ?? [])]
    for (const name of names) expect(kept.map((letter) => JSON.parse(letter))).toContainEqual(vectors?.payloads[name])
  })

  test.each(rows("reject", "recipient-unwraps"))("%s is refused by a bare 400, and nothing is kept", async (_, one) => {
    await using office = await postOffice()
    expect(await office.forward(one)).toEqual({ status: 400, text: "", kept: [] })
  })

  test.each(rows("policy"))("%s has the outcome that was decided", async (id, one) => {
    await using office = await postOffice()
    const { status, kept } = await office.forward(one)
    expect([status, kept.length]).toEqual([...(policies[id] ?? [])])
  })

  test.each(rows("unwrap-again"))("%s is opened again by the mediator that has both DIDs", async (_, one) => {
    const both = [us, didNamed("routing")]
    const open = openerFor(both)
    const kept: { to: readonly string[]; letters: readonly string[] }[] = []
    const mailboxes = {
      async deposit({ to, parcels }: { to: readonly string[]; parcels: readonly { content: string }[] }) {
        kept.push({ to, letters: parcels.map(({ content }) => content) })
        return []
      },
    }
    const take = async (wire: string, hops: number): Promise<void> => {
      const { message, sender } = await open(wire)
      const found = registry.find(message.type) ?? expect.unreachable(message.type)
      const at = { us: { did: us, kid: `${us}#key-1` }, connection: null }
      const act = await registry.admit(found, {
        body: message.body,
        message: parsePlaintext(message.text),
        sender,
        hops,
        ...at,
      })
      await act()
    }
    const registry = createRegistry(
      [routing({ mailboxes, owns: (did) => both.includes(did), receive: take })],
      async () => null,
    )
    await take(JSON.stringify(one.wire), 0)
    expect(kept).toHaveLength(1)
    expect(kept[0]?.to).toContain(ben)
    expect(kept[0]?.letters.map((letter) => JSON.parse(letter))).toEqual([vectors?.payloads.inner])
  })
})
