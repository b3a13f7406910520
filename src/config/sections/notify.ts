import { choice, DAY, duration, HOUR, MINUTE, SECOND, yesOrNo } from "../kinds.ts"
import { setting } from "../setting.ts"

export const notify = {
  outbound: setting(
    choice(["public", "any", "off"]),
    "public",
    "Where owners may be told that mail waits: at public addresses over https, at any address, or nowhere.",
  ),
  wallets: setting(
    yesOrNo,
    true,
    "Whether owners of mailboxes may say themselves where they are told; false leaves it to the operator.",
  ),
  interval: setting(duration(SECOND, DAY), MINUTE, "How much time lies between two notices to one owner, at least."),
  repeat: setting(
    duration(SECOND, 7 * DAY),
    6 * HOUR,
    "The same as long as the owner has fetched nothing since the last notice.",
  ),
}
