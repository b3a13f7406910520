import { DAY, duration, HOUR, listenAddress, MINUTE, text } from "../kinds.ts"
import { secret, setting } from "../setting.ts"

export const admin = {
  listen: setting(
    listenAddress,
    "",
    "Where the admin API is served on an address of its own; empty is beside everything else.",
  ),
  password: secret(
    text("empty, or a password of 12 to 256 characters on one line", /^(.{12,256})?$/u),
    "The password of the first admin, whose name is admin; of no effect once there is one.",
  ),
  session_idle: setting(duration(MINUTE, DAY), 30 * MINUTE, "How long who signed in may do nothing."),
  session_absolute: setting(duration(MINUTE, 30 * DAY), 12 * HOUR, "How long who signed in may stay at most."),
}
