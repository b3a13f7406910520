import { type Failure, Fault, fromFailure, toFailure } from "../../faults.ts"

/** Acts by name. What goes in and out of them can be cloned between threads. */
export type Acts = { readonly [name: string]: (given: never) => unknown }

type Call = readonly [id: number, name: string, given: unknown]
type Answer = readonly [id: number, value: unknown, failure: Failure | null]
/** What goes from one thread to the other at a time. */
export type Mail = { readonly calls: readonly Call[]; readonly answers: readonly Answer[] }

type Waiting = { resolve(value: never): void; reject(fault: Fault): void }

export type Line<Theirs extends Acts> = {
  /** Has the other end do something. Rejects with its Faults, and with `internal` once the line is lost. */
  call<N extends keyof Theirs & string>(
    name: N,
    ...given: Parameters<Theirs[N]>
  ): Promise<Awaited<ReturnType<Theirs[N]>>>
  /** Takes what the other end posted. */
  take(mail: Mail): void
  /** How many calls are not answered yet. */
  waiting(): number
  /** The other end is gone. */
  lose(reason: string): void
}

/** So many things to say go over together: alone each would cost more than it says, and all at once the other end would wait. */
const TOGETHER = 16

/** Calls between two threads, in both directions: `acts` is what may be called here. */
export function createLine<Theirs extends Acts>(post: (mail: Mail) => void, acts: Acts): Line<Theirs> {
  const waiting = new Map<number, Waiting>()
  let calls: Call[] = []
  let answers: Answer[] = []
  let isDue = false
  let last = 0
  let lost: Fault | null = null

  function hand(): void {
    isDue = false
    if (lost !== null || calls.length + answers.length === 0) return
    const mail = { calls, answers }
    calls = []
    answers = []
    post(mail)
  }
  /** Something is to be said: soon, with whatever else there is by then. */
  function due(): void {
    if (calls.length + answers.length >= TOGETHER) hand()
    else if (!isDue) {
      isDue = true
      setImmediate(hand)
    }
  }

  async function serve([id, name, given]: Call): Promise<void> {
    const answer = await answerTo(id, () => acts[name]?.(given as never))
    answers.push(answer)
    due()
  }

  function settle([id, value, failure]: Answer): void {
    const call = waiting.get(id)
    waiting.delete(id)
    if (failure === null) call?.resolve(value as never)
    else call?.reject(fromFailure(failure))
  }

  return {
    call: (name, ...[given]) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(lost)
        last++
        waiting.set(last, { resolve, reject })
        calls.push([last, name, given])
        due()
      }),
    take(mail) {
      for (const answer of mail.answers) settle(answer)
      for (const call of mail.calls) serve(call)
    },
    waiting: () => waiting.size,
    lose(reason) {
      lost = new Fault("internal", { detail: reason })
      for (const { reject } of waiting.values()) reject(lost)
      waiting.clear()
    },
  }
}

async function answerTo(id: number, act: () => unknown): Promise<Answer> {
  try {
    return [id, await act(), null]
  } catch (thrown) {
    return [id, null, toFailure(thrown)]
  }
}
