import { count, schedule, text } from "../kinds.ts"
import { secret, setting } from "../setting.ts"

export const backup = {
  schedule: setting(
    schedule,
    "03:15",
    "When a backup is made: every day at a time as this machine reckons, every so often, or off.",
  ),
  keep: setting(count(1, 1_000), 7, "How many verified backups are kept; the oldest goes when a new one was verified."),
  dir: setting(
    text("the path of a folder", /^[^\0\r\n]+$/),
    "backups",
    "The folder of backups, for those of one mediator; a relative path is looked up in the data folder.",
  ),
  passphrase: secret(
    text("empty, or a passphrase of 12 to 1024 characters on one line", /^(.{12,1024})?$/u),
    "What backups are sealed with; empty leaves them readable for whoever has the file. Keep it elsewhere, too.",
  ),
}
