import { auditActor } from "../admin/actor.ts"
import type { IdentityDesk, IdentityReport } from "../admin/endpoints/identity.ts"
import { fromUtf8, toUtf8 } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { Settings } from "../config/schema.ts"
import { open, seal } from "../crypto/passphrase.ts"
import type { DidDocument } from "../did/document.ts"
import type { Self } from "../did/self.ts"
import { extended, type Generation, rotated } from "../did/stored-identity.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { AccountStore, AuditStore } from "../mailbox/operator-ports.ts"
import { changeIdentityFile, importIdentityFile } from "./identity.ts"

const DAY_MS = 86_400_000
/** So many days before retired keys end, the log says who still uses them. */
const WARN_DAYS = 7

type Parts = {
  readonly settings: Settings
  readonly self: () => Self
  /** The file was changed here. */
  readonly changed: () => void
  readonly store: Pick<AccountStore, "acquaintances"> & Pick<AuditStore, "audit">
  readonly clock: Clock
  readonly random: Random
}

/** What the operator does with the mediator's own keys: looks at them, replaces them, takes a copy. */
export function createIdentityDesk({ settings, self, changed, store, clock, random }: Parts): IdentityDesk {
  async function report(): Promise<IdentityReport> {
    const us = self()
    const now = clock.now()
    const { public_url: publicUrl } = settings.server
    const heard = await store.acquaintances()
    const count = (isOne: (generation: number | null) => boolean) =>
      heard.reduce((sum, { generation, accounts }) => sum + (isOne(generation) ? accounts : 0), 0)
    const retired = us.generations.slice(0, -1).map(({ number, dids, since, until }) => ({
      did: dids[0] ?? "",
      since,
      until: until ?? now,
      hasEnded: until !== null && until <= now,
      members: count((generation) => generation === number),
    }))
    const ends = retired.filter(({ hasEnded }) => !hasEnded).map(({ until }) => until)
    return {
      dids: us.documents.map((document) => shownDid(document, us)),
      retired,
      members: {
        current: count((generation) => generation === us.generations.length),
        unheard: count((generation) => generation === null),
      },
      webDocument: us.webDocument() as IdentityReport["webDocument"],
      invitationUrl: invitation(us.did, publicUrl).url,
      publicUrl,
      overlapUntil: ends.length === 0 ? null : Math.max(...ends),
    }
  }

  async function note(by: Actor, action: string, detail: string): Promise<void> {
    changed()
    await store.audit({ actor: auditActor(by), action: `identity.${action}`, subject: self().did, detail })
  }

  const untilText = (overlap: number) =>
    `the keys before are good until ${new Date(clock.now() + overlap).toISOString()}`

  return {
    report,
    async rotate(overlap, by) {
      changeIdentityFile(settings, clock, (stored) => rotated(stored, { now: clock.now(), overlap }))
      await note(by, "rotated", untilText(overlap))
      return report()
    },
    async extend(overlap, by) {
      changeIdentityFile(settings, clock, (stored) => {
        const longer = extended(stored, { now: clock.now(), overlap })
        if (!longer) throw new Fault("identity.never_rotated")
        return longer
      })
      await note(by, "extended", untilText(overlap))
      return report()
    },
    async export(passphrase, by) {
      const sealed = await seal(toUtf8(JSON.stringify(self().stored)), passphrase, { random })
      await note(by, "exported", "")
      return sealed
    },
  }
}

/** Says in the log, once a day, when keys end soon that members still write to. */
export const warnOfEnds = (
  desk: Pick<IdentityDesk, "report">,
  { clock, log }: { clock: Clock; log: Log },
): Disposable =>
  clock.every(DAY_MS, async () => {
    const { retired } = await desk.report().catch(() => ({ retired: [] }))
    for (const { did, until, hasEnded, members } of retired) {
      const days = Math.ceil((until - clock.now()) / DAY_MS)
      if (!hasEnded && days <= WARN_DAYS && members > 0) log.warn("identity.ends", { did, days, members })
    }
  })

/**
 * Keeps an exported identity in a data folder that has none. Faults: sealed.unreadable, identity.unusable,
 * identity.exists, folder.unwritable.
 */
export async function importIdentity(
  settings: Settings,
  clock: Pick<Clock, "now">,
  { sealed, passphrase }: { sealed: Uint8Array; passphrase: string },
): Promise<Self> {
  const text = fromUtf8(await open(sealed, passphrase)) ?? ""
  return importIdentityFile(settings, clock, parsed(text))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function shownDid({ id, methods, keyAgreement }: DidDocument, us: Self): IdentityReport["dids"][number] {
  const holders = us.generations.filter(({ dids }) => dids.includes(id))
  const [newest, oldest] = [holders.at(-1), holders[0]]
  const current = us.generations.at(-1)
  return {
    did: id,
    method: id.startsWith("did:web:") ? "did:web" : "did:peer:2",
    since: oldest?.since ?? 0,
    // Of today's keys, the names of today's public URL come first.
    isCurrent: newest === current && (id === us.did || id === current?.dids.find((did) => did.startsWith("did:web:"))),
    until: newest?.until ?? null,
    keys: methods.map(({ id: kid, key }) => ({
      id: kid,
      kind: key.jwk.crv,
      use: keyAgreement.includes(kid) ? "keyAgreement" : "authentication",
      since: us.generations.find((one) => isKeyOf(one, key.jwk.x))?.since ?? 0,
    })),
  }
}

const isKeyOf = ({ agreement, signing }: Generation, x: string): boolean => agreement.jwk.x === x || signing.jwk.x === x
