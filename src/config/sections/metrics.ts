import { listenAddress, text } from "../kinds.ts"
import { secret, setting } from "../setting.ts"

export const metrics = {
  listen: setting(listenAddress, "", "Where /metrics is served on an address of its own; empty is nowhere."),
  token: secret(
    text("text without white space", /^\S*$/),
    "The bearer token that /metrics asks for; with one, /metrics is also served beside everything else.",
  ),
}
