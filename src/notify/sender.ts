import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { Deliverer, Receipt } from "../did/fetch.ts"
import { Fault } from "../faults.ts"
import type { Notice, NoticeStore, Target } from "../mailbox/notice-ports.ts"
import { ntfy } from "./ntfy.ts"
import type { Outgoing } from "./outgoing.ts"
import { retryAfterOf } from "./retry-after.ts"
import type { Vapid } from "./vapid.ts"
import { webPush } from "./web-push.ts"
import { webhook } from "./webhook.ts"

/** Notices that are sent or wait to be sent again: more are dropped. */
const MOST = 1000
const AT_ONCE = 8
/** Before each further attempt, unless the other side asks for more. */
const PAUSES_MS = [10_000, 60_000, 300_000]

export type Result = "sent" | "failed" | "gone" | "dropped"

type Ports = {
  readonly store: Pick<NoticeStore, "notice" | "noteNotice" | "dropNotice">
  readonly deliverer: Deliverer
  readonly vapid: Pick<Vapid, "authorization">
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Told what came of each notice; no kind for one that was dropped unread. */
  readonly count: (kind: Target["kind"] | "any", result: Result) => void
}

/** `again`: it makes sense to try once more, after so many ms at least. */
type Judgement = { readonly result: Result; readonly reason: string | null; readonly again?: number }
/** `kind` null: nobody was to be told any more. */
type Outcome = Judgement & { readonly kind: Target["kind"] | null }

export type Sender = ReturnType<typeof createSender>

/** Sends notices through the guarded way out, a few at a time, and tries again what may work later. */
export function createSender({ store, deliverer, vapid, clock, random, log, count }: Ports) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const queue: (() => void)[] = []
  let isOver = false
  let pending = 0
  let free = AT_ONCE

  async function inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => queue.push(resolve))
    try {
      return await act()
    } finally {
      const next = queue.shift()
      if (next) next()
      else free++
    }
  }

  async function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    using _timer = clock.after(ms, resolve)
    await Promise.race([promise, ended])
  }

  const compose = async (target: Target, id: string): Promise<Outgoing> => {
    if (target.kind === "webhook") return webhook(target, { id, now: clock.now() })
    return target.kind === "ntfy" ? ntfy(target) : webPush(target, { vapid, random })
  }

  /** One attempt, with what is then noted about the target. Whoever took it away meanwhile is not told. */
  async function attempt(mailbox: number, id: string): Promise<Outcome> {
    const notice = await store.notice(mailbox)
    if (!notice || isOver) return { kind: null, result: "gone", reason: null }
    const { did, target } = notice
    // Before it is sent: mail that comes from here on is told by the next one.
    const at = clock.now()
    const judgement = await handOver(notice, id)
    const { result, reason } = judgement
    if (result === "gone") {
      const audit = { actor: "notify", action: "registration.notify_gone", subject: did, detail: reason ?? "" }
      await store.dropNotice({ mailbox, url: target.url, audit })
    } else await store.noteNotice({ mailbox, url: target.url, at, reason })
    // The URL is as good as a key, and its host says whose push service it is.
    if (result === "sent") log.debug("notify.sent", { did, kind: target.kind })
    else log.warn(`notify.${result}`, { did, kind: target.kind, reason })
    return { kind: target.kind, ...judgement }
  }

  async function handOver({ target }: Notice, id: string): Promise<Judgement> {
    try {
      const { url, ...rest } = await compose(target, id)
      return judge(await deliverer.deliver(url, rest), target)
    } catch (thrown) {
      const { code } = Fault.from(thrown)
      const mayPass = code === "outbound.failed" || code === "request.busy"
      return { result: "failed", reason: code, ...(mayPass && { again: 0 }) }
    }
  }

  function judge({ status, retryAfter }: Receipt, { kind }: Target): Judgement {
    const reason = `HTTP ${status}`
    if (status >= 200 && status < 300) return { result: "sent", reason: null }
    // RFC 8030 §7.3 of subscriptions; a webhook's 404 may be a mistake that is mended.
    if (status === 410 || (status === 404 && kind !== "webhook")) return { result: "gone", reason }
    const mayPass = status >= 500 || status === 429 || status === 408
    return { result: "failed", reason, ...(mayPass && { again: retryAfterOf(retryAfter, clock.now()) }) }
  }

  async function persist(mailbox: number, id: string, pauses: readonly number[]): Promise<Outcome> {
    const outcome = await inTurn(() => attempt(mailbox, id))
    const [least, ...others] = pauses
    if (outcome.again === undefined || least === undefined || isOver) return outcome
    await pause(Math.max(least, outcome.again))
    return persist(mailbox, id, others)
  }

  /** Tells the owner of a mailbox that mail waits; whether that worked in the end. Rejects when the store does. */
  async function tell(mailbox: number): Promise<boolean> {
    if (pending >= MOST) {
      count("any", "dropped")
      return false
    }
    pending++
    try {
      return counted(await persist(mailbox, `msg_${random.id()}`, PAUSES_MS)).result === "sent"
    } finally {
      pending--
    }
  }

  function counted(outcome: Outcome): Outcome {
    if (outcome.kind !== null) count(outcome.kind, outcome.result)
    return outcome
  }

  return {
    tell,
    /** One attempt at once, to see whether it works: null, or what went wrong. */
    async test(mailbox: number): Promise<string | null> {
      const { result, reason } = counted(await attempt(mailbox, `msg_${random.id()}`))
      return result === "sent" ? null : (reason ?? result)
    },
    /** Nothing is sent from now on; what waits is forgotten. */
    [Symbol.dispose]() {
      isOver = true
      end()
    },
  }
}
