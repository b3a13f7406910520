import type { Clock } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import type { OutboundPolicy } from "../did/fetch.ts"
import { Fault } from "../faults.ts"
import type { Notice, NoticeDesk, NoticeStore, ShownNotice } from "../mailbox/notice-ports.ts"
import type { Sender } from "./sender.ts"
import type { Vapid } from "./vapid.ts"
import { targetOf } from "./wish.ts"

type Ports = {
  readonly store: Pick<NoticeStore, "notice" | "setNotice" | "dropNotice">
  readonly policy: OutboundPolicy
  readonly sender: Pick<Sender, "test">
  readonly vapid: Pick<Vapid, "publicKey">
  readonly clock: Clock
  readonly random: Random
  /** Somebody has a target who had none, or the other way round. */
  readonly changed: () => Promise<void>
}

/** What operators and owners can do about notices. Operators' changes are audited, without the URL. */
export function createNoticeDesk({ store, policy, sender, vapid, clock, random, changed }: Ports): NoticeDesk {
  const shown = async (mailbox: number): Promise<ShownNotice | null> => {
    const notice = await store.notice(mailbox)
    return notice && shownNotice(notice)
  }

  return {
    shown,
    async set({ id: mailbox, did }, wish, actor) {
      const target = targetOf(wish, { policy, random })
      const audit = actor === null ? null : { actor, action: "registration.notify", subject: did }
      const setBy = actor === null ? "owner" : "operator"
      const isSet = await store.setNotice({ mailbox, target, setBy, at: clock.now(), audit })
      await changed()
      const notice = isSet && (await shown(mailbox))
      if (!notice) throw new Fault("account.unknown", { args: [did] })
      return { notice, secret: target.kind === "webhook" ? target.secret : null }
    },
    async remove({ id: mailbox, did }, actor) {
      const audit = actor === null ? null : { actor, action: "registration.notify_off", subject: did }
      const isRemoved = await store.dropNotice({ mailbox, audit })
      await changed()
      return isRemoved
    },
    async test({ id, did }) {
      if (policy === "off") throw new Fault("notify.off")
      if (!(await store.notice(id))) throw new Fault("notify.none", { args: [did] })
      return sender.test(id)
    },
    publicKey: vapid.publicKey,
  }
}

const shownNotice = ({ target, setBy, setAt, toldAt, failure }: Notice): ShownNotice => ({
  kind: target.kind,
  host: new URL(target.url).host,
  setBy,
  setAt,
  lastOkAt: toldAt,
  lastFailure: failure,
})
