/** The data folder and the disk it is on. */

import { existsSync, readdirSync, statfsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { percentiles, timeSyncs } from "../fsync.ts"
import { type Check, type Finding, failure, fine, warning } from "./check.ts"

const MIB = 1024 * 1024
const GIB = 1024 * MIB
const SLOW_MS = 100

const size = (bytes: number): string =>
  bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`

/** `file`: the database's. */
export const diskChecks = (dataDir: string, file: string): readonly Check[] =>
  existsSync(dirname(file))
    ? checksOf(dataDir, file)
    : [{ id: "folder", title: "Data folder", look: () => none(dirname(file)) }]

const none = (folder: string): Finding =>
  failure(`There is no ${folder}.`, "restante init or restante serve makes one; --config names a mediator elsewhere.")

const checksOf = (dataDir: string, file: string): readonly Check[] => [
  { id: "disk", title: "Room on the disk", look: () => room(file) },
  { id: "filesystem", title: "File system", look: () => fileSystem(file) },
  { id: "fsync", title: "Speed of the disk", look: () => speed(dirname(file)) },
  { id: "folder", title: "Who may read the data", look: () => modes(dataDir, file) },
]

function room(file: string): Finding {
  const { bavail, bsize, blocks } = statfsSync(dirname(file))
  const [free, database] = [bavail * bsize, statSync(file, { throwIfNoEntry: false })?.size ?? 0]
  const facts = { freeBytes: free, totalBytes: blocks * bsize, databaseBytes: database }
  const why = `${size(free)} are free.`
  const fix = "Make room: empty mailboxes that nobody fetches from, move backups away, or use a larger disk."
  if (free < 64 * MIB) return failure(`${why} New mail is refused soon.`, fix, facts)
  if (free < Math.max(512 * MIB, 2 * database)) return warning(`${why} A backup needs twice the database.`, fix, facts)
  return fine(why, facts)
}

/** statfs(2): those that do not keep locks or syncs as a database needs them, and those that forget. */
const fileSystems: ReadonlyMap<number, { name: string; level: "warn" | "fail" }> = new Map([
  [0x6969, { name: "NFS", level: "fail" }],
  [0xff534d42, { name: "CIFS", level: "fail" }],
  [0xfe534d42, { name: "SMB", level: "fail" }],
  [0x517b, { name: "SMB", level: "fail" }],
  [0x01021997, { name: "9p", level: "fail" }],
  [0x65735546, { name: "FUSE", level: "warn" }],
  [0x01021994, { name: "tmpfs, which a restart of the machine empties", level: "warn" }],
  [0x794c7630, { name: "overlay, the container's own, which goes with the container", level: "warn" }],
])

function fileSystem(file: string): Finding {
  // Some systems give the number with its sign.
  const type = statfsSync(dirname(file)).type >>> 0
  const known = fileSystems.get(type)
  const facts = { type }
  if (!known) return fine("The database is on a local file system.", facts)
  const why = `The database is on ${known.name}.`
  const fix = "Put the data folder on a local disk, in a container on a volume, and keep only backups on the network."
  return known.level === "fail" ? failure(why, fix, facts) : warning(why, fix, facts)
}

async function speed(folder: string): Promise<Finding> {
  const { p50, p99 } = percentiles(await timeSyncs(folder))
  const facts = { p50: Number(p50.toFixed(2)), p99: Number(p99.toFixed(2)) }
  const why = `A write is on disk after ${p50.toFixed(1)} ms, at worst after ${p99.toFixed(1)} ms.`
  if (p99 < SLOW_MS) return fine(why, facts)
  return warning(why, "Every accepted message waits for that: an SSD in the place of an SD card helps most.", facts)
}

function modes(dataDir: string, file: string): Finding {
  const isOpen = (path: string) => (statSync(path).mode & 0o077) !== 0
  const paths = [dataDir, ...[file, ...filesIn(dataDir)].filter((path) => existsSync(path))]
  const open = paths.filter(isOpen)
  const facts = { looked: paths.length, open: open.length }
  if (open.length === 0) return fine("Only the user who runs the mediator may read it.", facts)
  return failure(`Others may read ${open.join(", ")}.`, `chmod 700 ${dataDir} && chmod -R go= ${dataDir}`, facts)
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? join(folder, entry.name) : []))
