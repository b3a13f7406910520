import { isObject } from "../../base/json.ts"
import { type Failure, Fault, fromFailure, toFailure } from "../../faults.ts"
import { chuteIn, chuteOut } from "./chute.ts"

/**
 * Acts by name. What goes in and out of them is JSON, but for a member `text`, which goes through the chute: there may be
 * bytes in its place when it is sent, and it comes as a text, or as null when they were not UTF-8.
 */
export type Acts = { readonly [name: string]: (given: never) => unknown }

type Sent<Given> = Given extends { readonly text: string | null }
  ? Omit<Given, "text"> & { readonly text: string | Uint8Array }
  : Given

type Call = readonly [id: number, name: string, given: unknown]
type Answer = readonly [id: number, value: unknown, failure: Failure | null]
/** What goes from one thread to the other at a time: JSON of calls, answers, and how far the chute is filled with them. */
export type Mail = string

/** A chute in each direction. */
export type Chutes = { readonly there: SharedArrayBuffer; readonly back: SharedArrayBuffer }

type Waiting = { resolve(value: never): void; reject(fault: Fault): void }

export type Line<Theirs extends Acts> = {
  /** Has the other end do something. Rejects with its Faults, and with `internal` once the line is lost. */
  call<N extends keyof Theirs & string>(
    name: N,
    given: Sent<Parameters<Theirs[N]>[0]>,
  ): Promise<Awaited<ReturnType<Theirs[N]>>>
  /** Takes what the other end posted. */
  take(mail: Mail): void
  /** How many calls are not answered yet. */
  waiting(): number
  /** The other end is gone. */
  lose(reason: string): void
}

/** So many things to say go over together: alone each would cost more than it says, and all at once the other end would wait. */
const TOGETHER = 8

/** Calls between two threads, in both directions: `acts` is what may be called here. */
export function createLine<Theirs extends Acts>(
  { there, back }: Chutes,
  post: (mail: Mail) => void,
  acts: Acts,
): Line<Theirs> {
  const { put, end } = chuteIn(there)
  const { take: unpack, free } = chuteOut(back)
  const waiting = new Map<number, Waiting>()
  let calls: Call[] = []
  let answers: Answer[] = []
  let isDue = false
  let last = 0
  let lost: Fault | null = null

  function hand(): void {
    isDue = false
    if (lost !== null || calls.length + answers.length === 0) return
    const mail = JSON.stringify([calls, answers, end()])
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

  const packed = (value: unknown) => (hasText(value) ? { ...value, text: put(value.text) } : value)
  const unpacked = (value: unknown) => (hasText(value) ? { ...value, text: unpack(value.text) } : value)

  async function serve([id, name, given]: Call): Promise<void> {
    const [value, failure] = await outcomeOf(() => acts[name]?.(unpacked(given) as never))
    answers.push([id, packed(value), failure])
    due()
  }

  function settle([id, value, failure]: Answer): void {
    const call = waiting.get(id)
    waiting.delete(id)
    if (failure === null) call?.resolve(unpacked(value) as never)
    else call?.reject(fromFailure(failure))
  }

  return {
    call: (name, given) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(lost)
        last++
        waiting.set(last, { resolve, reject })
        calls.push([last, name, packed(given)])
        due()
      }),
    take(mail) {
      const [calls, answers, end]: [Call[], Answer[], number] = JSON.parse(mail)
      for (const answer of answers) settle(answer)
      for (const call of calls) serve(call)
      free(end)
    },
    waiting: () => waiting.size,
    lose(reason) {
      lost = new Fault("internal", { detail: reason })
      for (const { reject } of waiting.values()) reject(lost)
      waiting.clear()
    },
  }
}

async function outcomeOf(act: () => unknown): Promise<[value: unknown, failure: Failure | null]> {
  try {
    return [await act(), null]
  } catch (thrown) {
    return [null, toFailure(thrown)]
  }
}

const hasText = (value: unknown): value is { text: never } => isObject(value) && "text" in value
