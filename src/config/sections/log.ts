import { choice } from "../kinds.ts"
import { setting } from "../setting.ts"

export const log = {
  level: setting(choice(["error", "warn", "info", "debug"]), "info", "The least serious events that are logged."),
  format: setting(choice(["text", "json"]), "text", "How a line of the log is written."),
}
