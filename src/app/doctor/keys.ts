/** The mediator's own keys, and its certificate's. */

import type { Settings } from "../../config/schema.ts"
import type { Self } from "../../did/self.ts"
import { Fault } from "../../faults.ts"
import type { Store } from "../../store/store.ts"
import { loadPair } from "../tls.ts"
import { type Check, type Finding, failure, fine, warning } from "./check.ts"

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS = 10
const OVERLAP_DAYS = 7

type Given = {
  readonly settings: Settings
  readonly self: () => Pick<Self, "generations"> | null
  /** Or why there is none. */
  readonly store: Store | Fault
  readonly now: () => number
}

export const keyChecks = ({ settings, self, store, now }: Given): readonly Check[] => [
  { id: "identity", title: "Identity", look: () => identity(settings, self(), store, now()) },
  ...(settings.server.tls === "off"
    ? []
    : [{ id: "tls-files", title: "Files of the certificate", look: () => certificate(settings, now()) }]),
]

async function identity(
  { server }: Settings,
  us: ReturnType<Given["self"]>,
  store: Store | Fault,
  now: number,
): Promise<Finding> {
  if (!us) {
    const fix = "restante init or restante serve makes one; a backup may hold one."
    return failure(`There is none in ${server.data_dir} yet.`, fix)
  }
  const retired = us.generations.flatMap(({ number, until }) => (until === null ? [] : [{ number, until }]))
  const facts = { rotations: retired.length }
  if (retired.length === 0) return fine("The keys were never replaced.", facts)
  if (store instanceof Error)
    return warning("It could not be looked at who uses replaced keys.", "See to the database.")
  const heard = await store.acquaintances()
  const members = (number: number) => heard.find(({ generation }) => generation === number)?.accounts ?? 0
  const used = retired.filter(({ number }) => members(number) > 0)
  const count = used.reduce((sum, { number }) => sum + members(number), 0)
  const seen = { ...facts, members: count }
  if (used.length === 0) return fine("Nobody is known to use keys that were replaced.", seen)
  const fix = "Set those wallets up again with the new invitation, or give them time: restante did extend."
  const days = Math.ceil((Math.min(...used.map(({ until }) => until)) - now) / DAY_MS)
  if (days <= 0)
    return warning(`Members who last wrote to keys that have ended, and reach us no more: ${count}.`, fix, seen)
  const why = `Members who last wrote to keys that were replaced, and end in ${days} days: ${count}.`
  return days <= OVERLAP_DAYS ? warning(why, fix, seen) : fine(why, seen)
}

function certificate({ server }: Settings, now: number): Finding {
  const fix = "Renew it, and see that what renews it puts both files where server.tls_cert and server.tls_key say."
  try {
    const days = Math.floor((loadPair(server).expiresAt - now) / DAY_MS)
    if (days < 0) return failure("It has expired.", fix, { days })
    const why = `It is good for ${days} days.`
    return days < CERTIFICATE_DAYS ? warning(why, fix, { days }) : fine(why, { days })
  } catch (thrown) {
    return failure(`The files cannot be used: ${Fault.from(thrown).detail}`, fix)
  }
}
