import { choice, count, DAY, didPatterns, duration, SECOND } from "../kinds.ts"
import { isLoopback } from "../loopback.ts"
import { derived, setting } from "../setting.ts"

export const admission = {
  mode: derived(
    choice(["open", "approval", "invite", "closed"]),
    {
      says: "open when the public URL is on this machine, else approval",
      from: ({ server }) => (isLoopback(server.public_url) ? "open" : "approval"),
    },
    "Who gets a mailbox: anyone who asks, whom the operator approves, who holds an invite, or nobody new.",
  ),
  allow: setting(
    didPatterns,
    [],
    "Who gets a mailbox whatever the mode: DIDs, methods such as did:web, patterns with *.",
  ),
  deny: setting(
    didPatterns,
    [],
    "Who never gets one, before anything else is looked at; whoever has one already keeps it.",
  ),
  max_pending: setting(count(1), 1000, "Newcomers that may wait for the operator; more are told to come back later."),
  pending_ttl: setting(duration(SECOND), 30 * DAY, "How long a newcomer may wait before its request is forgotten."),
}
