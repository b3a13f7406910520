import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Settings } from "../config/schema.ts"
import type { Self } from "../did/self.ts"
import { Fault } from "../faults.ts"
import { identityMark, openIdentityFile, readIdentityFile } from "./identity.ts"

const LOOK_EVERY_MS = 5_000

export type LiveIdentity = {
  /** Always as it is now: whoever keeps a DID or a key of it keeps what may have been rotated since. */
  readonly self: Self
  /** Looks at the file now. */
  reload(): void
  /** Calls `act` whenever the identity has changed, until disposed: the file did, or retired keys have ended. */
  watch(act: () => void): Disposable
}

/** The identity in the data folder, as `restante did` may change it while we run. Faults as openIdentityFile's. */
export async function openLiveIdentity(
  settings: Settings,
  { clock, log }: { clock: Clock; log: Log },
): Promise<LiveIdentity> {
  let current = (await openIdentityFile(settings, clock)).self
  let mark = identityMark(settings)
  let changed = () => {}

  function reload(): void {
    mark = identityMark(settings)
    try {
      const next = readIdentityFile(settings, clock)
      if (!next) throw new Fault("identity.unusable", { detail: "the file is gone" })
      if (JSON.stringify([next.dids, next.stored]) === JSON.stringify([current.dids, current.stored])) return
      current = next
      log.info("identity.changed", { did: next.did, dids: next.dids.length })
      changed()
    } catch (thrown) {
      log.error("identity.kept_old", { reason: Fault.from(thrown).detail })
    }
  }

  const hasEnded = () => current.nextEnd !== null && current.nextEnd <= clock.now()
  return {
    self: following(() => current),
    reload,
    watch(act) {
      changed = act
      return clock.every(LOOK_EVERY_MS, () => {
        if (hasEnded() || identityMark(settings) !== mark) reload()
      })
    },
  }
}

const following = (now: () => Self): Self => ({
  get did() {
    return now().did
  },
  get dids() {
    return now().dids
  },
  get documents() {
    return now().documents
  },
  get identusSafe() {
    return now().identusSafe
  },
  get generations() {
    return now().generations
  },
  get nextEnd() {
    return now().nextEnd
  },
  get stored() {
    return now().stored
  },
  owns: (did) => now().owns(did),
  everOwned: (did) => now().everOwned(did),
  agreement: (kid) => now().agreement(kid),
  generationOf: (kid) => now().generationOf(kid),
  agreementKid: (did) => now().agreementKid(did),
  signer: (did) => now().signer(did),
  successorOf: (did) => now().successorOf(did),
  decentrl: (did) => now().decentrl(did),
  webDocument: () => now().webDocument(),
})
