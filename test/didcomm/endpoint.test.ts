import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import { toUtf8 } from "../../src/base/bytes.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openIdentity } from "../../src/did/self.ts"
import { mintIdentity } from "../../src/did/stored-identity.ts"
import { createBreaker } from "../../src/didcomm/breaker.ts"
import { createEndpoint } from "../../src/didcomm/endpoint.ts"
import { createEnvelopes } from "../../src/didcomm/envelope.ts"
import { createGate } from "../../src/didcomm/gate.ts"
import { createLimits } from "../../src/didcomm/limits.ts"
import { createRegistry, on, protocol } from "../../src/didcomm/registry.ts"
import { createReplayGuard } from "../../src/didcomm/replay.ts"
import { createReturnRoutes } from "../../src/didcomm/return-routes.ts"
import { Fault, type FaultCode } from "../../src/faults.ts"
import type { Registration } from "../../src/mailbox/model.ts"
import type { Connection, Outbound } from "../../src/wire.ts"
import { offline } from "../did/offline.ts"
import { fakeClock } from "../kit/clock.ts"
import { createResident, encrypted, type Resident, signedType } from "../kit/resident.ts"

const URI = "https://example.org/trouble/1.0"
const alice = createResident()

/** An endpoint of a protocol whose one message ends as its body says. */
function desk({
  reportUnknownRecipients = true,
  width = 8,
  findMember = async (): Promise<Registration | null> => null,
  arrived = (): boolean => false,
} = {}) {
  const clock = fakeClock(Date.now())
  const self = openIdentity(mintIdentity(0), { publicUrl: "http://localhost:8080", methods: ["peer2"], now: 0 })
  const own = offline()
  const known = new Map(self.documents.map((document) => [document.id, document]))
  const resolver = { ...own, resolve: async (did: string) => known.get(did) ?? own.resolve(did) }
  const sent: { to: string; sealed: string }[] = []
  const logged: string[] = []
  const note = (event: string, fields?: object) => void logged.push(JSON.stringify([event, fields]))
  const trouble = protocol(URI, ["tester"], {
    end: on(
      "anyone",
      v.looseObject({ code: v.optional(v.string()), error: v.optional(v.string()) }),
      async ({ body }) => {
        if (body.error !== undefined) throw new Error(body.error)
        if (body.code !== undefined)
          throw new Fault(body.code as FaultCode, { args: ["did:example:next"], detail: "a secret" })
        return { type: "ended", body: {} }
      },
    ),
    enter: on("member", v.looseObject({}), async () => ({ type: "entered", body: {} })),
  })
  const endpoint = createEndpoint({
    envelopes: createEnvelopes({ keys: self, resolver, clock }),
    registry: createRegistry([trouble], findMember),
    routes: createReturnRoutes(),
    replays: createReplayGuard({ ledger: { reserve: async () => true }, clock }),
    limits: createLimits({
      gates: { known: createGate(width, 0), strangers: createGate(width, 0) },
      perForwarder: () => ({ perSecond: 0, burst: 1 }),
      perDid: () => ({ perSecond: 0, burst: 1 }),
      addresses: { isKnown: () => false, isExempt: () => false, vouch: () => {} },
      isMember: async () => false,
      clock,
    }),
    occupants: { arrived },
    breaker: createBreaker(),
    rotate: async () => {},
    resolver,
    outbound: { send: (to, sealed) => void sent.push({ to, sealed }) },
    self,
    reportUnknownRecipients,
    clock,
    random: systemRandom,
    log: { error: note, warn: note, info: note, debug: note },
  })
  const receive = (text: string, mediaType: string | null = encrypted, connection: Connection | null = null) =>
    endpoint.receive({ bytes: toUtf8(text), mediaType, remote: "test", connection })
  return { receive, did: self.did, sent, logged }
}

type Desk = ReturnType<typeof desk>
const ends = (body: object, more: object = {}) => ({ type: `${URI}/end`, body, ...more })

/** The three that may ask: proven with an open route, proven without, anonymous. */
const callers: Readonly<Record<string, (draft: { type: string }, did: string) => Promise<string>>> = {
  "with a route": (draft, did) => alice.auth(alice.plaintext({ return_route: "all", ...draft }, did), did),
  "without a route": (draft, did) => alice.auth(alice.plaintext(draft, did), did),
  anonymous: (draft, did) => {
    const { from: _, ...message } = alice.plaintext({ return_route: "all", ...draft }, did)
    return alice.anon(message, did)
  },
}

/** How a caller was told: sealed or signed in the answer, at its own service, by a bare status, or not at all. */
async function told(outbound: Outbound, { sent }: Desk, who: Resident): Promise<string> {
  if (outbound.status === "refused") return String(outbound.fault.row.http)
  if (outbound.status === "answered") {
    const how = { [encrypted]: "sealed", [signedType]: "signed" }[outbound.mediaType]
    const { type, body } = await who.open(outbound.text)
    return `${how} ${type.endsWith("/problem-report") ? body.code : type}`
  }
  const [first] = sent
  return first ? `sent ${(await who.open(first.sealed)).body.code ?? "an answer"}` : "nothing"
}

describe("a trouble is told in the most telling form that its hearer may have", () => {
  type Row = readonly [code: FaultCode, route: string, noRoute: string, anonymous: string]
  const rows: readonly Row[] = [
    ["message.malformed", `sealed e.p.msg.${URI}/end`, `sent e.p.msg.${URI}/end`, "400"],
    ["message.invalid", "sealed e.m.msg", "sent e.m.msg", "400"],
    ["message.live_mode", "sealed e.m.live-mode-not-supported", "sent e.m.live-mode-not-supported", "400"],
    ["registration.unknown", "sealed e.p.req.not_enroll", "sent e.p.req.not_enroll", "403"],
    ["recipient.unknown", "sealed e.p.req.not_enroll", "signed e.p.req.not_enroll", "signed e.p.req.not_enroll"],
    ["mailbox.full", "sealed e.p.me.res.storage", "signed e.p.me.res.storage", "signed e.p.me.res.storage"],
    ["message.unproven", "400", "400", "400"],
    ["envelope.unreadable", "400", "400", "400"],
    ["did.unresolvable", "400", "400", "400"],
    ["request.busy", "503", "503", "503"],
    // Some wallets stop polling for good at any status but 200; all others see that nothing was accepted.
    ["store.failed", "sealed e.p.me.res.storage", "503", "503"],
    ["internal", "sealed e.p.error", "500", "500"],
  ]
  const outcomes = rows.flatMap(([code, ...wanted]) =>
    Object.keys(callers).map((caller, index) => [code, caller, wanted[index] ?? ""] as const),
  )
  test.each(outcomes)("%s to a caller %s: %s", async (code, caller, wanted) => {
    const office = desk()
    const wire = await callers[caller]?.(ends({ code }), office.did)
    const outbound = await office.receive(wire ?? "")
    expect(await told(outbound, office, alice)).toBe(wanted)
    // Details are for the log alone.
    expect(JSON.stringify(outbound.status === "answered" ? outbound.text : "")).not.toContain("a secret")
    expect(office.logged.join()).toContain("a secret")
  })

  test("a report names the failing thread as its parent, keeps its placeholders, and gives the arguments", async () => {
    const office = desk()
    const message = alice.plaintext(
      { ...ends({ code: "recipient.unknown" }), thid: "t", return_route: "all" },
      office.did,
    )
    const outbound = await office.receive(await alice.auth(message, office.did))
    const report = await alice.open(outbound.status === "answered" ? outbound.text : "")
    expect(report).toMatchObject({ pthid: "t", from: office.did, to: [alice.did] })
    expect(report.thid).toBeUndefined()
    expect(report.body).toEqual({
      code: "e.p.req.not_enroll",
      comment: "The DID '{1}' is not enroll.",
      args: ["did:example:next"],
    })
  })

  test("an unknown recipient is passed over in silence where the operator wants it so", async () => {
    for (const seal of Object.values(callers)) {
      const office = desk({ reportUnknownRecipients: false })
      const outbound = await office.receive(await seal(ends({ code: "recipient.unknown" }), office.did))
      expect([outbound, office.sent]).toEqual([{ status: "accepted", refusal: "recipient.unknown" }, []])
    }
  })

  test("an error that nobody foresaw is told without its text, and logged with it", async () => {
    const office = desk()
    const wire = await callers["with a route"]?.(ends({ error: "the password is 1234" }), office.did)
    const outbound = await office.receive(wire ?? "")
    expect(await told(outbound, office, alice)).toBe("sealed e.p.error")
    expect(office.logged.join()).toContain("the password is 1234")
  })

  test("a problem report is never answered, whatever is wrong with it", async () => {
    for (const type of [
      "https://didcomm.org/report-problem/2.0/problem-report",
      "https://x.example/y/1.0/problem-report",
    ]) {
      for (const seal of Object.values(callers)) {
        const office = desk()
        const outbound = await office.receive(await seal({ type }, office.did))
        expect([outbound, office.sent]).toMatchObject([{ status: "accepted" }, []])
      }
    }
  })
})

describe("an answer", () => {
  test.each([
    ["with a route", `sealed ${URI}/ended`],
    ["without a route", "sent an answer"],
    ["anonymous", "nothing"],
  ])("to a caller %s: %s", async (caller, wanted) => {
    const office = desk()
    const outbound = await office.receive((await callers[caller]?.(ends({}), office.did)) ?? "")
    expect(await told(outbound, office, alice)).toBe(wanted)
  })

  test("to an anonymous claim of from is for the one that it claims, on the spot only", async () => {
    const [office, mallory] = [desk(), createResident()]
    const claim = alice.plaintext(ends({}), office.did)
    expect(await office.receive(await mallory.anon(claim, office.did))).toEqual({ status: "accepted" })
    expect(office.sent).toEqual([])
    const outbound = await office.receive(await mallory.anon({ ...claim, return_route: "all" }, office.did))
    expect(await told(outbound, office, alice)).toBe(`sealed ${URI}/ended`)
  })

  test("that cannot be sealed, because the sender has no key for it, is an error and no crash", async () => {
    const office = desk()
    const claim = { ...alice.plaintext(ends({}, { return_route: "all" }), office.did), from: "did:example:nobody" }
    const outbound = await office.receive(await alice.anon(claim, office.did))
    expect(outbound.status).toBe("refused")
  })
})

test.each([
  ["application/didcomm-plain+json", "request.malformed"],
  ["application/json", "request.media_type"],
  ["", "request.media_type"],
])("a media type of %p is refused as %s before the envelope is looked at", async (mediaType, code) => {
  const office = desk()
  const outbound = await office.receive((await callers["with a route"]?.(ends({}), office.did)) ?? "", mediaType)
  expect(outbound).toMatchObject({ status: "refused", fault: { code } })
})

test("what is refused as it should be is no error in the log, however often it comes", async () => {
  const office = desk()
  const levels: string[] = []
  for (const code of ["mailbox.full", "intake.paused", "intake.draining", "request.busy", "store.failed", "internal"]) {
    office.logged.length = 0
    await office.receive((await callers.anonymous?.(ends({ code }), office.did)) ?? "")
    levels.push(...office.logged.map((line) => `${code} ${JSON.parse(line)[0]}`))
  }
  expect(levels).toEqual([
    "mailbox.full didcomm.refused",
    "intake.paused didcomm.refused",
    "intake.draining didcomm.refused",
    "request.busy didcomm.refused",
    "store.failed didcomm.failed",
    "internal didcomm.failed",
  ])
})

test("whoever is sent away while its first message on a socket is read is refused, and not forgotten there", async () => {
  const times = { createdAt: 0, changedAt: 0 }
  const bob: Registration = {
    id: 1,
    did: alice.did,
    fullDid: alice.did,
    state: "approved",
    lanes: ["didcomm"],
    ...times,
  }
  let isMember = true
  const office = desk({
    findMember: async () => (isMember ? bob : null),
    arrived() {
      isMember = false
      return true
    },
  })
  const connection: Connection = { id: "1", send: () => "sent", close() {}, onDrain() {}, onClose() {} }
  const enter = () => callers["with a route"]?.(ends({}, { type: `${URI}/enter` }), office.did)
  const outbound = await office.receive((await enter()) ?? "", null, connection)
  expect(await told(outbound, office, alice)).toBe("sealed e.p.req.not_enroll")
  isMember = true
  expect(await told(await office.receive((await enter()) ?? ""), office, alice)).toBe(`sealed ${URI}/entered`)
})

test("more envelopes at once than may be opened are told to come back", async () => {
  const office = desk({ width: 3 })
  const wires = await Promise.all(Array.from({ length: 10 }, () => alice.anon(ends({}, { id: "1" }), office.did)))
  const outbounds = await Promise.all(wires.map((wire) => office.receive(wire)))
  const codes = outbounds.map((outbound) => (outbound.status === "refused" ? outbound.fault.code : outbound.status))
  expect(codes.filter((code) => code === "accepted")).toHaveLength(3)
  expect(codes.filter((code) => code === "request.busy")).toHaveLength(7)
})
