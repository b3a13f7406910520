import { expect, test } from "bun:test"
import fc from "fast-check"
import { type AdmissionMode, type AdmissionPolicy, admission } from "../../src/mailbox/admission.ts"

const modes: readonly AdmissionMode[] = ["open", "approval", "invite", "closed"]
const anyDid = fc
  .tuple(fc.constantFrom("web", "key", "peer", "decentrl"), fc.stringMatching(/^[a-z0-9.]{1,12}$/))
  .map(([method, id]) => `did:${method}:${id}`)
const anyPattern = fc.oneof(
  anyDid,
  anyDid.map((did) => `${did.slice(0, -1)}*`),
  fc.constantFrom("*", "did:web", "did:key", "did:peer:*", "did:*:a*"),
)
const anyPolicy: fc.Arbitrary<AdmissionPolicy> = fc.record({
  mode: fc.constantFrom(...modes),
  allow: fc.array(anyPattern, { maxLength: 3 }),
  deny: fc.array(anyPattern, { maxLength: 3 }),
})
const anyNewcomer = fc.record({ did: anyDid, isInvited: fc.boolean() })
const always = (property: fc.IProperty<[{ did: string; isInvited: boolean }, AdmissionPolicy]>) =>
  fc.assert(property, { seed: 20260601, numRuns: 2000 })

const noLists = { allow: [], deny: [] }
const did = "did:web:example.org"

test.each([
  ["open", "admit", "admit"],
  ["approval", "wait", "admit"],
  ["invite", "refuse", "admit"],
  ["closed", "refuse", "refuse"],
] as const)("in mode %s a stranger meets %s, and the holder of an invite %s", (mode, stranger, invited) => {
  const policy = { mode, ...noLists }
  expect(admission({ did, isInvited: false }, policy)).toEqual({ verdict: stranger, because: mode })
  const because = mode === "closed" ? mode : "invited"
  expect(admission({ did, isInvited: true }, policy)).toEqual({ verdict: invited, because })
})

test.each([
  ["did:web:example.org", true],
  ["did:web", true],
  ["did:web:*", true],
  ["did:*:example.org", true],
  ["did:web:*.org", true],
  ["*", true],
  ["did:web:example", false],
  ["did:we", false],
  ["did:key", false],
  ["did:web:*.com", false],
  ["DID:WEB", false],
])("%s names did:web:example.org: %p", (pattern, isNamed) => {
  const { because } = admission({ did, isInvited: false }, { mode: "closed", allow: [pattern], deny: [] })
  expect(because).toBe(isNamed ? "allowed" : "closed")
})

test("a denial outranks everything, whatever else is said", () => {
  always(
    fc.property(anyNewcomer, anyPolicy, (newcomer, policy) => {
      const denied = admission(newcomer, { ...policy, deny: [...policy.deny, newcomer.did] })
      expect(denied).toEqual({ verdict: "refuse", because: "denied" })
    }),
  )
})

test("whoever is allowed and not denied is admitted in every mode", () => {
  always(
    fc.property(anyNewcomer, anyPolicy, (newcomer, policy) => {
      const allowed = admission(newcomer, { ...policy, allow: [newcomer.did], deny: [] })
      expect(allowed).toEqual({ verdict: "admit", because: "allowed" })
    }),
  )
})

test("an invite never makes it worse, and a stricter mode never better", () => {
  const rank = { refuse: 0, wait: 1, admit: 2 }
  always(
    fc.property(anyNewcomer, anyPolicy, ({ did }, policy) => {
      const [without, holding] = [false, true].map((isInvited) => rank[admission({ did, isInvited }, policy).verdict])
      expect(holding).toBeGreaterThanOrEqual(without ?? 0)
      const inOrder = modes.map((mode) => rank[admission({ did, isInvited: false }, { ...policy, mode }).verdict])
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => b - a))
    }),
  )
})

test("lists that do not name somebody change nothing for it", () => {
  always(
    fc.property(anyNewcomer, anyPolicy, (newcomer, policy) => {
      const { because } = admission(newcomer, policy)
      if (because === "denied" || because === "allowed") return
      expect(admission(newcomer, policy)).toEqual(admission(newcomer, { ...policy, ...noLists }))
    }),
  )
})
