/** What the operator is to see to. */

import { parseNetwork } from "../../base/ip.ts"
import { isLoopback } from "../../config/loopback.ts"
import type { Settings } from "../../config/schema.ts"
import type { Fault } from "../../faults.ts"
import type { Store } from "../../store/store.ts"
import type { Backups } from "../backup/backups.ts"
import { type Check, type Finding, failure, fine, warning, wordsOf } from "./check.ts"

const MIB = 1024 * 1024
const HOUR_MS = 3_600_000
const OLD_MS = 48 * HOUR_MS
const PAGE = 8192
const LARGE_LOG = 256 * MIB

type Given = {
  readonly settings: Settings
  /** Or why there is none. */
  readonly store: Store | Fault
  readonly backups: Pick<Backups, "newest" | "failure" | "list"> | null
  readonly now: () => number
}

export const careChecks = ({ settings, store, backups, now }: Given): readonly Check[] => [
  { id: "database", title: "Database", look: () => database(store) },
  { id: "backups", title: "Backups", look: () => backup(backups, now()) },
  { id: "proxies", title: "Proxies", look: () => proxies(settings) },
  { id: "admin", title: "Admins", look: () => admins(store) },
]

async function database(store: Store | Fault): Promise<Finding> {
  if (store instanceof Error && store.code === "identity.unusable")
    return warning("It could not be looked at.", "See to the identity first.")
  if (store instanceof Error) {
    return failure(wordsOf(store), "docs/backup.md says how to restore one.")
  }
  const { messages, pageSize, walBytes, schema, databaseBytes } = await store.measure()
  const facts = { messages, pageSize, walBytes, schema, databaseBytes }
  const why = `${messages} messages; schema ${schema}, pages of ${pageSize} bytes, a log of ${Math.round(walBytes / MIB)} MiB.`
  if (walBytes > LARGE_LOG) {
    return warning(why, "The log should be emptied by itself: look for a command or backup that never ended.", facts)
  }
  if (pageSize !== PAGE)
    return warning(why, `Pages of ${PAGE} bytes are faster: restoring a backup does not change it.`, facts)
  if (!(await store.ready())) return failure("Nothing can be written.", "Look at the log, and at the disk.", facts)
  return fine(why, facts)
}

async function backup(backups: Given["backups"], now: number): Promise<Finding> {
  const fix = "restante backup makes one; set backup.schedule, and keep copies on another machine."
  if (!backups) return warning("There is no database to make backups of.", fix)
  const { nextAt } = await backups.list()
  const failed = backups.failure()
  const newest = await backups.newest()
  const hours = newest && Math.max(0, Math.floor((now - newest.at) / HOUR_MS))
  const facts = { hours, isScheduled: nextAt !== null, isEncrypted: newest?.isEncrypted ?? null }
  if (failed) return failure(`The last one failed: ${failed.why}`, fix, facts)
  if (newest === null || hours === null) return warning("There is no verified backup yet.", fix, facts)
  const why = `The newest verified backup is ${hours} hours old.`
  if (now - newest.at > OLD_MS) return warning(why, fix, facts)
  return nextAt === null ? warning(`${why} None is scheduled.`, fix, facts) : fine(why, facts)
}

function proxies({ server }: Settings): Finding {
  const { public_url: url, trusted_proxies: trusted, tls, host } = server
  const facts = { trusted: trusted.length }
  const everyone = trusted.filter((text) => parseNetwork(text)?.bits === 0)
  const fix = "Name the proxy's own address in server.trusted_proxies, such as 127.0.0.1."
  if (everyone.length > 0) {
    return failure(`${everyone.join(" and ")} trusts everybody's word on where they come from.`, fix, facts)
  }
  const isBehind = !isLoopback(url) && url.startsWith("https:") && tls === "off"
  if (isBehind && trusted.length === 0) {
    return warning(
      `A proxy seems to be in front of ${host}, but none is trusted: all clients look like one.`,
      fix,
      facts,
    )
  }
  return fine(
    trusted.length > 0 ? `Trusted: ${trusted.join(", ")}.` : "None is trusted, and none seems to be there.",
    facts,
  )
}

async function admins(store: Store | Fault): Promise<Finding> {
  if (store instanceof Error) return warning("It could not be looked at.", "See to the database first.")
  const count = (await store.admins()).length
  const facts = { count }
  if (count > 0) return fine(`${count} can sign in.`, facts)
  return warning("Nobody can sign in to the admin pages.", "restante admin create NAME makes the first one.", facts)
}
