import type { Clock } from "../base/clock.ts"
import type { Courier } from "./courier.ts"
import type { Mailboxes } from "./mailboxes.ts"

export type NoticePolicy = {
  /** Between two notices to one owner, ms. */
  readonly interval: number
  /** The same while the owner has fetched nothing since the last one. */
  readonly repeat: number
}

export type NoticePorts = {
  readonly policy: () => NoticePolicy
  readonly clock: Clock
  /** Whether anything waits in a mailbox. */
  readonly isWaiting: (mailbox: number) => Promise<boolean>
  /** Tells its owner so; whether that worked. */
  readonly tell: (mailbox: number) => Promise<boolean>
  readonly onError: (error: unknown) => void
}

type Owner = {
  /** Who took the target away a moment ago is remembered: setting it again must not begin the times anew. */
  hasTarget: boolean
  /** When a notice was last tried. */
  last: number | null
  /** Whether anything was fetched since, or that notice failed. */
  isAwake: boolean
  /** Whether mail came that nobody was told of yet. */
  isOwed: boolean
  timer: Disposable | null
}

export type Notices = ReturnType<typeof createNotices>

/**
 * Who is to be told that mail waits, and when: at once for the first message, then no more often than the policy says,
 * and never while the mail is pushed over a socket. Whoever is told has mail at that moment. Everything is in memory, for
 * those only who have a target: nothing of it delays a deposit.
 */
export function createNotices({ policy, clock, isWaiting, tell, onError }: NoticePorts) {
  const owners = new Map<number, Owner>()
  /** By mailbox: how many listeners have its mail pushed. */
  const live = new Map<number, number>()

  /** When the next notice may go out. */
  function due({ last, isAwake }: Owner): number {
    if (last === null) return clock.now()
    const { interval, repeat } = policy()
    // The clock may have been set back since.
    return Math.min(last, clock.now()) + (isAwake ? interval : Math.max(interval, repeat))
  }

  function schedule(mailbox: number, owner: Owner, earliest = 0): void {
    owner.timer?.[Symbol.dispose]()
    const wait = Math.max(due(owner), earliest) - clock.now()
    owner.timer = clock.after(Math.max(0, wait), () => {
      owner.timer = null
      notify(mailbox, owner).catch((error) => {
        onError(error)
        Object.assign(owner, { last: clock.now(), isAwake: true })
        if (owner.hasTarget) schedule(mailbox, owner)
      })
    })
  }

  async function notify(mailbox: number, owner: Owner): Promise<void> {
    // What is pushed may get lost with its socket: it stays owed until then.
    if (live.has(mailbox)) return
    // What comes from here on is for the next notice.
    const { last, isAwake } = owner
    Object.assign(owner, { last: clock.now(), isAwake: false, isOwed: false })
    if (!(await isWaiting(mailbox))) {
      owner.last = last
      if (isAwake) wake(mailbox, owner)
    } else if (!(await tell(mailbox))) wake(mailbox, owner)
  }

  /** A message was kept in this mailbox. */
  function deposited(mailbox: number): void {
    const owner = owners.get(mailbox)
    if (!owner?.hasTarget || owner.isOwed) return
    owner.isOwed = true
    if (!live.has(mailbox)) schedule(mailbox, owner)
  }

  /** Its owner is there, and takes mail out. */
  function fetched(mailbox: number): void {
    const owner = owners.get(mailbox)
    if (owner && !owner.isAwake) wake(mailbox, owner)
  }

  function wake(mailbox: number, owner: Owner): void {
    owner.isAwake = true
    if (owner.timer) schedule(mailbox, owner)
  }

  function attend(mailbox: number): () => void {
    let isOver = false
    live.set(mailbox, (live.get(mailbox) ?? 0) + 1)
    fetched(mailbox)
    return () => {
      if (isOver) return
      isOver = true
      const others = (live.get(mailbox) ?? 1) - 1
      if (others > 0) live.set(mailbox, others)
      else live.delete(mailbox)
      const owner = owners.get(mailbox)
      // Wallets lose sockets and open others: they get the time for that.
      if (others === 0 && owner?.isOwed) schedule(mailbox, owner, clock.now() + policy().interval)
    }
  }

  /** The same mailboxes: whoever gets something out of one is there. */
  const mailboxes = (real: Mailboxes): Mailboxes => ({
    ...real,
    async peek(query) {
      const found = await real.peek(query)
      if (found.length > 0) fetched(query.mailbox)
      return found
    },
    async acknowledge(given) {
      const count = await real.acknowledge(given)
      if (count > 0) fetched(given.mailbox)
      return count
    },
  })

  /** The same courier: whoever listens to it without end need not be told; and what it is nudged for was kept. */
  const courier = (real: Courier): Courier => ({
    ...real,
    listen(wanted, listener) {
      if (wanted.until !== undefined) return real.listen(wanted, listener)
      return real.listen(wanted, { ...listener, ended: attend(wanted.mailbox) })
    },
    nudge(mailbox, kept) {
      real.nudge(mailbox, kept)
      deposited(mailbox)
    },
  })

  /** Who has a target, all of them; and of those who had none before, whom nobody told yet of mail that waits. */
  function know(all: readonly { readonly mailbox: number; readonly isOwed: boolean }[]): void {
    const soon = clock.now() + policy().interval
    const known = new Set(all.map(({ mailbox }) => mailbox))
    for (const [mailbox, owner] of owners) if (!known.has(mailbox)) forget(mailbox, owner)
    for (const { mailbox, isOwed } of all) {
      const { hasTarget, last } = owners.get(mailbox) ?? { hasTarget: false, last: null }
      if (hasTarget) continue
      const owner: Owner = { hasTarget: true, last, isAwake: true, isOwed, timer: null }
      owners.set(mailbox, owner)
      if (isOwed) schedule(mailbox, owner, soon)
    }
  }

  function forget(mailbox: number, owner: Owner): void {
    owner.timer?.[Symbol.dispose]()
    Object.assign(owner, { hasTarget: false, isOwed: false, timer: null })
    if (owner.last === null || owner.last + policy().interval <= clock.now()) owners.delete(mailbox)
  }

  /** Nobody is told from now on. */
  const end = () => know([])

  return { know, deposited, mailboxes, courier, [Symbol.dispose]: end }
}
