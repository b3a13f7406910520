import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import { createBuckets, type Rate } from "../base/bucket.ts"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import { LOCAL } from "./client-address.ts"

const ADDRESSES = 50_000
const KNOWN = 10_000
const KNOWN_FOR_MS = 24 * 3_600_000
/** Who was refused is remembered for the operator, until there was no refusal for so long. */
const REFUSED = 1_000
const REFUSED_FOR_MS = 10 * 60_000
const MOST_LIMITED = 10
/** What cannot be opened cost the most to try: so many requests' worth. */
const FAILURE_COST = 10

export type ClientLimits = ReturnType<typeof createClientLimits>

type ClientLimitPorts = {
  readonly rate: () => Rate
  /** Of one address at the same time; 0 is no limit. */
  readonly connections: () => number
  readonly clock: Clock
}

/**
 * Limits by client address, kept before a byte of the body is read. Addresses from which a member has proved itself
 * within a day are made to wait where others are refused: somebody's wallet may be behind them, and wallets give up.
 */
export function createClientLimits({ rate, connections, clock }: ClientLimitPorts) {
  const buckets = createBuckets(rate, { clock, keys: ADDRESSES })
  const known = new LRUCache<string, true>({ ...bounded(KNOWN), ttl: KNOWN_FOR_MS, perf: clock, ttlResolution: 0 })
  const open = new Map<string, number>()
  const refused = new LRUCache<string, number>({
    ...bounded(REFUSED),
    ttl: REFUSED_FOR_MS,
    perf: clock,
    ttlResolution: 0,
  })

  /** This machine itself, and proxies on it that nobody named, are not told apart by address. */
  const isExempt = (remote: string): boolean => remote === LOCAL
  const isKnown = (remote: string): boolean => isExempt(remote) || known.has(remote)

  function refuse(fault: Fault, remote: string): Fault {
    refused.set(remote, (refused.get(remote) ?? 0) + 1)
    return fault
  }

  /** A place among the connections of an address, given back when disposed; or why there is none. */
  function connect(remote: string): Disposable | Fault {
    const most = connections()
    if (isExempt(remote) || most === 0) return { [Symbol.dispose]() {} }
    const count = open.get(remote) ?? 0
    if (count >= most) return refuse(new Fault("request.connections", { detail: remote }), remote)
    open.set(remote, count + 1)
    let isOpen = true
    return {
      [Symbol.dispose]() {
        const left = (open.get(remote) ?? 0) - 1
        if (isOpen && left > 0) open.set(remote, left)
        else if (isOpen) open.delete(remote)
        isOpen = false
      },
    }
  }

  /** Seconds until a request may be read, or why it may not. */
  function admit(remote: string): number | Fault {
    const wait = isExempt(remote) ? 0 : buckets.take(remote, 1)
    if (wait === 0) return 0
    if (isKnown(remote)) return buckets.borrow(remote, 1)
    return refuse(new Fault("request.too_often", { detail: remote, retry: Math.ceil(wait) }), remote)
  }

  /** Resolves when a socket's next frame may be read: its peer feels it as a slow line. */
  async function pace(remote: string): Promise<void> {
    if (isExempt(remote) || buckets.take(remote, 1) === 0) return
    const seconds = buckets.borrow(remote, 1)
    await new Promise<void>((resolve) => clock.after(seconds * 1000, resolve))
  }

  /** What came from there could not be opened. */
  const charge = (remote: string): void => {
    if (!isExempt(remote)) buckets.borrow(remote, FAILURE_COST - 1)
  }

  const vouch = (remote: string): void => {
    if (!isExempt(remote)) known.set(remote, true)
  }

  /** Who is limited, for the operator. */
  function state() {
    let held = 0
    let limited = 0
    for (const count of open.values()) {
      held += count
      if (count >= connections()) limited++
    }
    const mostLimited = [...refused.entries()]
      .map(([address, count]) => ({ address, refused: count }))
      .sort((a, b) => b.refused - a.refused)
      .slice(0, MOST_LIMITED)
    return { requests: buckets.state(), connections: { tracked: open.size, held, limited }, mostLimited }
  }

  return { connect, admit, pace, charge, vouch, isKnown, isExempt, state }
}
