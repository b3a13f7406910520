import type { Clock } from "../base/clock.ts"
import type { Kept, Lane, Message } from "./model.ts"
import type { MailboxStore } from "./ports.ts"

/** `sent`: go on. `buffered`: taken, but wait for `resume`. `closed`: not taken; forget this listener. */
export type Outcome = "sent" | "buffered" | "closed"

/** Whoever wants mail brought. Pushing never acknowledges: the message stays until its owner says so. */
export interface Listener {
  push(message: Message): Outcome | Promise<Outcome>
  /** Told once, when it was closed, got all it wanted, or its round was disposed of. */
  ended?(): void
}

/** What one listener has coming. Disposing it ends it. */
export interface Round extends Disposable {
  /** Go on after `buffered`. */
  resume(): void
}

export type Courier = ReturnType<typeof createCourier>

/** After a reading that failed, ms. */
const TRY_AGAIN = 1_000
const PAGE = { limit: 16, bytes: 1024 * 1024 }

type Ports = {
  readonly clock: Clock
  readonly onError: (error: unknown) => void
  /** A listener took this message. */
  readonly onPushed?: (message: Message) => void
}

/**
 * Brings mail to listeners: reads the mailbox after each listener's cursor. A message that was just kept, and that is
 * known to be the next one, needs no reading. Otherwise nudges only say "look again", so one that is lost or doubled
 * does no harm, and nothing is ever kept in memory that the mailbox does not hold.
 */
export function createCourier(store: Pick<MailboxStore, "peek">, { clock, onError, onPushed }: Ports) {
  const rounds = new Map<number, Set<(kept: readonly Kept[]) => void>>()

  /** Pushes what has a seq in (after, until], in order, and whatever comes later as long as `until` is infinite. */
  function listen(wanted: { mailbox: number; lane: Lane; after: number; until?: number }, listener: Listener): Round {
    const { mailbox, lane, until = Number.POSITIVE_INFINITY } = wanted
    let cursor = wanted.after
    let state: "idle" | "busy" | "paused" | "ended" = "idle"
    let nudged = false

    const end = () => {
      if (state === "ended") return
      state = "ended"
      rounds.get(mailbox)?.delete(nudge)
      if (rounds.get(mailbox)?.size === 0) rounds.delete(mailbox)
      listener.ended?.()
    }

    const settle = (message: Message, outcome: Outcome) => {
      if (outcome === "closed") return end()
      cursor = message.seq
      onPushed?.(message)
      if (outcome === "buffered" && state === "busy") state = "paused"
    }

    async function readOn(): Promise<void> {
      do {
        nudged = false
        const page = await store.peek({ mailbox, lane, address: null, after: cursor, ...PAGE })
        for (const message of page) {
          if (state !== "busy") return
          if (message.seq > until) return end()
          settle(message, await listener.push(message))
        }
        if (page.length > 0) nudged = true
        else if (until !== Number.POSITIVE_INFINITY) return end()
      } while (nudged && state === "busy")
    }

    const rest = () => {
      if (state !== "busy") return
      state = "idle"
      if (nudged) walk()
    }

    const fail = (error: unknown) => {
      nudged = false
      onError(error)
      clock.after(TRY_AGAIN, walk)
    }
    const work = (done: Promise<void>) => void done.catch(fail).finally(rest)

    const walk = () => {
      nudged = true
      if (state !== "idle") return
      state = "busy"
      work(readOn())
    }

    /** Pushes a message that is known to be the next one. */
    function bring(message: Kept): void {
      state = "busy"
      try {
        const outcome = listener.push(message)
        if (typeof outcome === "string") settle(message, outcome)
        else return void work(outcome.then((late) => settle(message, late)))
      } catch (error) {
        fail(error)
      }
      rest()
    }

    /** Nothing can lie between the cursor and what was kept after it: every later message has a higher seq. */
    const isNext = ({ seq, after, expiresAt }: Kept) =>
      after <= cursor && cursor < seq && seq <= until && clock.now() < expiresAt

    const nudge = (kept: readonly Kept[]) => {
      const [only] = kept
      if (state === "idle" && kept.length === 1 && only && only.lane === lane && isNext(only)) bring(only)
      else walk()
    }

    const listeners = rounds.get(mailbox) ?? new Set()
    rounds.set(mailbox, listeners.add(nudge))
    walk()
    return {
      resume() {
        if (state !== "paused") return
        state = "idle"
        walk()
      },
      [Symbol.dispose]: end,
    }
  }

  /** Something may have come for this mailbox: what is known to have been `kept` just now, and maybe more. */
  const nudge = (mailbox: number, kept: readonly Kept[] = []) => {
    for (const tell of rounds.get(mailbox) ?? []) tell(kept)
  }

  /** Something may have come for any mailbox: another process wrote. */
  const nudgeAll = () => {
    for (const mailbox of rounds.keys()) nudge(mailbox)
  }

  return { listen, nudge, nudgeAll }
}
