import { choice, yesOrNo } from "../kinds.ts"
import { setting } from "../setting.ts"

export const didcomm = {
  report_unknown_recipients: setting(
    yesOrNo,
    true,
    "Tell the sender of a forward that nobody here has that address; false drops it in silence.",
  ),
  outbound: setting(
    choice(["public", "any", "off"]),
    "public",
    "Where replies may be sent that cannot return on their own connection: public addresses, any address, nowhere.",
  ),
  routing_did: setting(
    choice(["string", "array"]),
    "string",
    "How a coordinate-mediation 2.0 grant writes routing_did; wallets in use expect a string.",
  ),
  live_backlog: setting(
    choice(["after-grace", "never"]),
    "after-grace",
    "Whether live delivery also hands over what was waiting, to a wallet that does not ask for it by itself.",
  ),
}
