/** The program and the machine under it. */

import { Database } from "bun:sqlite"
import { existsSync } from "node:fs"
import manifest from "../../../package.json" with { type: "json" }
import type { Clock } from "../../base/clock.ts"
import { descriptorLimit } from "../../transport/descriptors.ts"
import { BUILT } from "../built.ts"
import { type Check, type Finding, failure, fine, warning } from "./check.ts"

const DAY_MS = 86_400_000

type Given = {
  readonly clock: Clock
  /** When the newest message came that was ever kept; null when there is none, or nobody knows. */
  readonly newestAt: () => Promise<number | null>
  readonly maxConnections: number
}

export const machineChecks = ({ clock, newestAt, maxConnections }: Given): readonly Check[] => [
  { id: "version", title: "Versions", look: versions },
  { id: "clock", title: "Clock", look: async () => time(clock.now(), await newestAt(), await synced()) },
  { id: "files", title: "Open files", look: () => openFiles(maxConnections) },
]

export function sqliteVersion(): string {
  using db = new Database(":memory:")
  return db.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()?.version ?? "?"
}

const versions = (): Finding => fine(`restante ${manifest.version}, Bun ${Bun.version}, SQLite ${sqliteVersion()}.`)

function time(now: number, newest: number | null, isSynced: boolean | null): Finding {
  const says = `It says ${new Date(now).toISOString().slice(0, 19).replace("T", " ")} UTC`
  const fix = "Set the clock, and let the system keep it: sudo timedatectl set-ntp true"
  const facts = { isSynced }
  if (now < BUILT) return failure(`${says}, which is before this program was made.`, fix, facts)
  if (newest !== null && now < newest - DAY_MS) {
    return failure(`${says}, more than a day before the newest message came.`, fix, facts)
  }
  if (isSynced === false) return warning(`${says}; the system does not keep it right.`, fix, facts)
  return fine(isSynced ? `${says}, and the system keeps it right.` : `${says}.`, facts)
}

/** Whether the system keeps the clock right; null where systemd cannot be asked. */
async function synced(): Promise<boolean | null> {
  if (existsSync("/run/systemd/timesync/synchronized")) return true
  const program = ["/usr/bin/timedatectl", "/bin/timedatectl"].find((path) => existsSync(path))
  if (!program) return null
  const command = [program, "show", "--property=NTPSynchronized", "--value"]
  const child = Bun.spawn(command, { env: {}, stdin: "ignore", stderr: "ignore", timeout: 2000 })
  const answer = (await child.stdout.text()).trim()
  return /^(yes|no)$/.test(answer) ? answer === "yes" : null
}

function openFiles(maxConnections: number): Finding {
  const most = descriptorLimit()
  if (most === null) return fine("The system sets no limit that it tells of.")
  const facts = { most, maxConnections }
  // The listener leaves a fifth to files.
  const possible = Math.floor(most * 0.8)
  if (possible >= maxConnections) return fine(`${most} may be open.`, facts)
  return warning(
    `${most} may be open, so that no more than ${possible} of server.max_connections = ${maxConnections} can be.`,
    "LimitNOFILE= in the systemd unit, or ulimit -n in the shell that starts it, raises that.",
    facts,
  )
}
