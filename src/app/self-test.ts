import { auditActor } from "../admin/actor.ts"
import { hops, type SelfTest, type TestedHop } from "../admin/endpoints/self-test.ts"
import { fromAnyBase64 } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { Resolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { Store } from "../store/store.ts"
import { createVisitor, type Visitor } from "./visitor.ts"

/** Visitors that are still to be erased, and for whom they came. */
const VISITORS = "self-test"

type Ports = {
  readonly self: Pick<Self, "did" | "agreementKid">
  readonly store: Pick<Store, "ask" | "forget" | "keep" | "keptAll" | "drop">
  readonly resolver: Resolver
  /** Where the door is, for a client on this machine. */
  readonly url: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/**
 * A message's whole way through the public door: a visitor with new keys is admitted as an operator would admit it,
 * whatever the rules say of strangers, and is erased again. Of it only two lines in the audit stay. One test at a time.
 * `sweep` erases visitors of tests that were killed.
 */
export function createSelfTest(ports: Ports): { test: SelfTest; sweep(): Promise<void> } {
  const { store, random, clock, log } = ports
  let last: Promise<unknown> = Promise.resolve()

  const audited = (actor: string, action: string, subject: string) => ({ actor, action, subject, detail: "self-test" })

  async function admit(did: string, actor: string): Promise<void> {
    await store.keep({ kind: VISITORS, key: did, value: actor, until: Number.MAX_SAFE_INTEGER })
    const audit = audited(actor, "registration.approve", did)
    await store.ask({ did, lane: "didcomm", state: "approved", audit })
  }

  async function erase(did: string, actor: string): Promise<void> {
    await store.forget({ did, audit: audited(actor, "registration.forget", did) })
    await store.drop(VISITORS, did)
  }

  async function sweep(): Promise<void> {
    for (const { key, value } of await store.keptAll(VISITORS)) await erase(key, value)
  }

  async function test(by: Actor): Promise<readonly TestedHop[]> {
    const visitor = createVisitor(ports)
    const actor = auditActor(by)
    const tested = await walk(
      steps(visitor, () => admit(visitor.did, actor), random.id()),
      clock,
    )
    try {
      await erase(visitor.did, actor)
      return tested
    } catch (thrown) {
      log.error("test.not_erased", { did: visitor.did, error: String(thrown) })
      const problem = "The registration that was made for the test could not be erased."
      return tested.map((one) => (one.hop === "ack" ? { ...one, isOk: false, problem: one.problem ?? problem } : one))
    }
  }

  return {
    test(by) {
      const turn = last.then(() => test(by))
      last = turn.catch(() => {})
      return turn
    },
    sweep,
  }
}

type Steps = Readonly<Record<TestedHop["hop"], () => Promise<unknown>>>

/** What is done on each hop. */
function steps(visitor: Visitor, admit: () => Promise<unknown>, words: string): Steps {
  let id = ""
  return {
    ping: visitor.ping,
    async grant() {
      await admit()
      await visitor.enrol()
    },
    address: visitor.register,
    forward: async () => visitor.send(await visitor.sealLetter(words)),
    async pickup() {
      const [letter] = await visitor.fetchMail(1)
      const sealed = fromAnyBase64(letter?.data.base64 ?? "")
      if (!sealed || (await visitor.read(sealed)) !== words) throw new Error("What was delivered is not what was sent.")
      id = letter?.id ?? ""
    },
    async ack() {
      if ((await visitor.acknowledge([id])) !== 0) throw new Error("The mail still waits after it was acknowledged.")
    },
  }
}

/** Hop after hop, until one fails. */
async function walk(acts: Steps, clock: Clock): Promise<readonly TestedHop[]> {
  const tested: TestedHop[] = []
  let failed: string | null = null
  for (const hop of hops) {
    const start = clock.now()
    const problem: string | null = failed ? `Not tried, because ${failed} failed.` : await problemOf(acts[hop])
    if (problem !== null) failed ??= hop
    tested.push({ hop, ms: Math.max(0, clock.now() - start), isOk: problem === null, problem })
  }
  return tested
}

async function problemOf(act: () => Promise<unknown>): Promise<string | null> {
  try {
    await act()
    return null
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.sentence
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}
