import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { Settings } from "../config/schema.ts"
import type { Fetcher } from "../did/fetch.ts"
import type { Resolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import { createActivity } from "../mailbox/activity.ts"
import { createArchive } from "../mailbox/archive.ts"
import { createCourier } from "../mailbox/courier.ts"
import { createDeliveries } from "../mailbox/deliveries.ts"
import { createInvites } from "../mailbox/invites.ts"
import { createMailboxes, createWhereabouts } from "../mailbox/mailboxes.ts"
import type { Notices } from "../mailbox/notices.ts"
import type { ArchiveStore, MailboxStore, RegistrationStore } from "../mailbox/ports.ts"
import { createPresence } from "../mailbox/presence.ts"
import { createRegistrations } from "../mailbox/registrations.ts"
import type { Store } from "../store/store.ts"
import type { Occupants } from "../wire.ts"
import type { OpenIntake } from "./intake.ts"
import type { OpenLimits } from "./limits.ts"
import type { LiveSettings } from "./live-settings.ts"
import type { Meters } from "./meters.ts"

export type Ports = { readonly clock: Clock; readonly random: Random; readonly log: Log }

/** The domain over a store, as [admission] and [mailbox] say. */
export function openMailboxes(
  live: LiveSettings,
  store: Store,
  {
    clock,
    random,
    log,
    meters,
    intake,
    notices,
  }: Ports & { meters: Meters; intake: OpenIntake; notices: Pick<Notices, "mailboxes" | "courier"> },
) {
  const deliveries = createDeliveries(store, { clock, ttl: () => live.now().mailbox.delivered_ttl })
  const courier = notices.courier(
    createCourier(store, {
      clock,
      onError: (error) => log.error("courier.failed", { error: String(error) }),
      onPushed(message) {
        deliveries.note(message)
        meters.pushed(message)
      },
    }),
  )
  const policy = live.derived(({ mailbox, storage }) => ({
    quota: {
      messages: mailbox.max_messages,
      bytes: mailbox.max_bytes,
      senderShare: mailbox.sender_share,
      storeBytes: storage.max_bytes,
    },
    maxMessageBytes: mailbox.max_message_bytes,
    ttl: mailbox.ttl,
    maxAddresses: mailbox.max_addresses,
  }))
  const presence = createPresence(store, clock)
  const activity = createActivity(store, clock)
  const newcomers = live.derived(({ admission }) => ({
    ...admission,
    maxPending: admission.max_pending,
    pendingTtl: admission.pending_ttl,
  }))
  const refused = (did: string, because: string) => log.info("registration.refused", { did, because })
  const invites = createInvites(store, { clock, random })
  const asking = { isOpen: invites.isOpen, seen: presence.note, refused }
  const whereabouts = createWhereabouts()
  /** The domain over a store, or over a view of it, of which hardly anybody wants more than a part. */
  const over = <Acts extends MailboxStore & RegistrationStore & ArchiveStore>(acts: Acts) => ({
    get mailboxes() {
      const real = createMailboxes(acts, { clock, courier, activity, policy, whereabouts })
      return meters.mailboxes(intake.mailboxes(notices.mailboxes(deliveries.mailboxes(real))))
    },
    get registrations() {
      return intake.registrations(createRegistrations(acts, newcomers, asking), acts)
    },
    get archive() {
      return intake.archive(createArchive(acts, { random, policy }))
    },
    store: acts,
  })
  const { mailboxes, registrations, archive } = over(store)
  return { courier, mailboxes, registrations, archive, over, presence, activity, deliveries }
}

/** What the languages are given of all this, and what else they stand on. */
export type Rooms = Omit<ReturnType<typeof openMailboxes>, "presence" | "activity" | "deliveries"> & {
  settings: Settings
  occupants: Occupants
  self: Self
  store: Store
  fetcher: Fetcher
  resolver: Resolver
  limits: OpenLimits
}
