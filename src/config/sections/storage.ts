import { MiB, size, text } from "../kinds.ts"
import { setting } from "../setting.ts"

export const storage = {
  url: setting(
    text('an address such as "sqlite:restante.db"', /^sqlite:[^\0\r\n]+$/),
    "sqlite:restante.db",
    "The database; a relative path is looked up in the data folder.",
  ),
  max_bytes: setting(
    size(0),
    0,
    "Bytes of the database from which on no mailbox takes more, while fetching and deleting go on; 0 is no bound.",
  ),
  ballast: setting(
    size(0),
    64 * MiB,
    "A file that only takes up room, at most a twentieth of the disk: given up when the disk is full, so that deleting can go on.",
  ),
}
