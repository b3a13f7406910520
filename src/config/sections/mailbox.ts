import { count, DAY, duration, KiB, MiB, SECOND, size } from "../kinds.ts"
import { setting } from "../setting.ts"

export const mailbox = {
  max_messages: setting(count(1), 1000, "Messages one mailbox may hold."),
  max_bytes: setting(size(KiB), 64 * MiB, "Bytes one mailbox may hold."),
  max_message_bytes: setting(
    size(KiB),
    512 * KiB,
    "The largest message a mailbox takes; its envelope is up to 1.8 times as large, and server.max_body must let it in.",
  ),
  ttl: setting(duration(SECOND), 7 * DAY, "How long a message waits to be picked up before it is deleted."),
  sender_share: setting(
    count(1, 100),
    50,
    "Percent of a mailbox that messages of one proven sender may take; anonymous ones cannot be told apart.",
  ),
  delivered_ttl: setting(
    duration(0),
    0,
    "How long a message is kept that was handed to its owner and never acknowledged; 0 is as long as any other.",
  ),
  idle_account_ttl: setting(
    duration(0),
    0,
    "After how long without a word from its owner a mailbox is erased, with two weeks' warning; 0 is never.",
  ),
  max_addresses: setting(count(1), 100, "Addresses (DIDs) one mailbox may be reached under."),
}
