/** A process to be killed: opens a data folder as a later version would, whose schema is one step further. */

import { here } from "../../src/app/backup/works.ts"
import { openStoreOf } from "../../src/app/open-store.ts"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { migrations } from "../../src/store/sqlite/migrate.ts"
import { settingsWith } from "../cli/home.ts"
import { listeningLog } from "../contract/world.ts"

/** Writes every page that a message is on. */
const later = "ALTER TABLE message ADD COLUMN colour TEXT; UPDATE message SET colour = 'blue'"

const [dataDir = ""] = process.argv.slice(2)
const ports = { clock: systemClock, random: systemRandom, log: listeningLog(), writer: "in-place" as const }
const store = await openStoreOf(
  settingsWith({ "data-dir": dataDir }),
  { ...ports, schema: [...migrations, later] },
  here,
)
await store[Symbol.asyncDispose]()
