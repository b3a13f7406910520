/** An act and the fact that it happened, in one transaction: after a crash there are both or neither. */

import type { Clock } from "../../base/clock.ts"
import { Fault } from "../../faults.ts"
import type { Fact } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Acts, Call } from "./group-commit.ts"
import type { LedgerActs } from "./ledger.ts"
import type { Runner } from "./writer.ts"

export const onceActs = (acts: Acts & LedgerActs) => ({
  /** What the named act answers, or null, and it is not done, when the fact was noted before. */
  once({ fact, call: [name, given] }: { fact: Fact & { now: number }; call: Call }): { value: unknown } | null {
    const act = acts[name]
    if (act === undefined) throw new Error(`no act is called ${name}`)
    return acts.reserve(fact) ? { value: act(given as never) } : null
  },
})

/** A writer whose acts reserve the fact until one of them was done; `settle` is the act that does only that. */
export function onceRunner(writer: Runner<StoreActs>, fact: Fact, clock: Clock) {
  let isOurs = false
  return {
    async settle(): Promise<void> {
      if (!isOurs && !(await writer.run("reserve", { ...fact, now: clock.now() }))) throw new Fault("command.replayed")
      isOurs = true
    },
    async run<N extends keyof StoreActs & string>(name: N, given: Parameters<StoreActs[N]>[0]) {
      if (isOurs) return await writer.run(name, given)
      const done = await writer.run("once", { fact: { ...fact, now: clock.now() }, call: [name, given] })
      if (done === null) throw new Fault("command.replayed")
      isOurs = true
      return done.value as ReturnType<StoreActs[N]>
    },
  }
}
