/** A process beside another: writes as many lines of audit as it is told, and uses an invite up as far as it can. */

import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { audit, listeningLog } from "../contract/world.ts"

const [dataDir = "", name = "", count = "0", invite = ""] = process.argv.slice(2)
const ports = { clock: systemClock, random: systemRandom, log: listeningLog() }
await using store = await openStore("sqlite:restante.db", { dataDir, ...ports, writer: "in-place" })
let admitted = 0
for (let n = 0; n < Number(count); n++) {
  await store.audit({ actor: name, action: `act ${n}`, subject: "x" })
  const did = `did:example:${name}-${n}`
  const asked = await store.ask({ did, lane: "didcomm", state: "approved", audit, invite })
  if (asked !== "spent") admitted++
}
process.stdout.write(String(admitted))
