import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { Settings } from "../config/schema.ts"
import { createFetcher } from "../did/fetch.ts"
import { createNotices } from "../mailbox/notices.ts"
import { createNoticeDesk } from "../notify/desk.ts"
import { createSender } from "../notify/sender.ts"
import { createVapid } from "../notify/vapid.ts"
import type { Store } from "../store/store.ts"
import type { LiveSettings } from "./live-settings.ts"
import type { Meters } from "./meters.ts"

type Ports = { readonly clock: Clock; readonly random: Random; readonly log: Log }

const lanes = ["didcomm", "decentrl"] as const

/** What sends notices, and the desk over it, as [notify] says; `changed` is told when who has a target changes. */
export function openNoticeDesk(
  settings: Settings,
  store: Store,
  { clock, random, log, count, changed }: Ports & { count: Meters["notified"]; changed: () => Promise<void> },
) {
  const { outbound: policy } = settings.notify
  // A way out of its own: strangers' DIDs that are looked up must not use up its budget, nor the other way round.
  const deliverer = createFetcher({ policy, clock })
  const vapid = createVapid(store, { clock, contact: settings.server.public_url })
  const sender = createSender({ store, deliverer, vapid, clock, random, log, count })
  const desk = createNoticeDesk({ store, policy, sender, vapid, clock, random, changed })
  return { desk, sender }
}

export type Notify = Awaited<ReturnType<typeof openNotify>>

/** Telling owners that mail waits. What was owed at the last stop is told one interval after the start. */
export async function openNotify(live: LiveSettings, store: Store, { meters, ...ports }: Ports & { meters: Meters }) {
  const { log } = ports
  const settings = live.now()
  const isOff = settings.notify.outbound === "off"
  const look = async () => {
    if (!isOff) notices.know(await store.noticed())
  }
  const lookAgain = () => look().catch((error) => log.error("notify.look_failed", { error: String(error) }))
  const { desk, sender } = openNoticeDesk(settings, store, { ...ports, count: meters.notified, changed: lookAgain })
  const notices = createNotices({
    policy: () => live.now().notify,
    clock: ports.clock,
    tell: sender.tell,
    async isWaiting(mailbox) {
      const found = await Promise.all(lanes.map((lane) => store.standing({ mailbox, lane, address: null })))
      return found.some(({ messages }) => messages > 0)
    },
    onError: (error) => log.error("notify.failed", { error: String(error) }),
  })
  await look()
  const watching = store.watch(lookAgain)
  return {
    desk,
    /** What mailboxes and courier look like to whoever may be told, or take mail out. */
    notices,
    [Symbol.dispose]() {
      watching[Symbol.dispose]()
      notices[Symbol.dispose]()
      sender[Symbol.dispose]()
    },
  }
}
