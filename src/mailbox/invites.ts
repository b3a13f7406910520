import type { Clock } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "./accounts.ts"
import type { Invite, InviteQuery, InviteStore, Overrides } from "./operator-ports.ts"

export type InviteState = "open" | "used" | "expired" | "revoked"
export type Invites = ReturnType<typeof createInvites>

/** How an invite is spoken of where not everybody who reads it may use it: in the audit, and with who came by it. */
export const inviteReference = (id: string): string => id.slice(0, 8)

/** Letters of admission: whoever shows one gets a mailbox without waiting, as often as it says. */
export function createInvites(store: InviteStore, { clock, random }: { clock: Clock; random: Random }) {
  const entry = (by: Actor, action: string, id: string) => ({
    actor: by.address === null ? by.name : `${by.name}@${by.address}`,
    action: `invite.${action}`,
    subject: inviteReference(id),
  })

  /** `expiresIn`: ms, null for never. The id is 128 random bits: whoever knows it, holds the invite. */
  async function create(
    wanted: { label: string; uses: number; expiresIn: number | null; overrides: Overrides },
    by: Actor,
  ): Promise<Invite> {
    const { label, uses, expiresIn, overrides } = wanted
    const createdAt = clock.now()
    const id = uuid4(random.bytes(16))
    const expiresAt = expiresIn === null ? null : createdAt + expiresIn
    await store.createInvite({
      invite: { id, label, uses, expiresAt, createdAt, overrides },
      audit: entry(by, "create", id),
    })
    return found(id)
  }

  /** Fault invite.unknown. */
  async function found(id: string): Promise<Invite> {
    const invite = await store.invite(id)
    if (!invite) throw new Fault("invite.unknown", { args: [id] })
    return invite
  }

  /** Takes an invite back; registrations that came with it stay. Revoking again changes nothing. */
  async function revoke(id: string, by: Actor): Promise<Invite> {
    const invite = await store.revokeInvite({ id, at: clock.now(), audit: entry(by, "revoke", id) })
    if (!invite) throw new Fault("invite.unknown", { args: [id] })
    return invite
  }

  const list = (query: InviteQuery) => store.invites(query)

  const stateOf = ({ uses, used, expiresAt, revokedAt }: Invite): InviteState => {
    if (revokedAt !== null) return "revoked"
    if (used >= uses) return "used"
    return expiresAt !== null && expiresAt <= clock.now() ? "expired" : "open"
  }

  /** Whether somebody can still come with it; false for what is no invite. */
  async function isOpen(id: string): Promise<boolean> {
    const invite = await store.invite(id)
    return invite !== null && stateOf(invite) === "open"
  }

  return { create, found, revoke, list, stateOf, isOpen }
}

/** A UUID of version 4 (RFC 9562 §5.4) from 16 random bytes. */
function uuid4(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex")
  const variant = (8 | (Number.parseInt(hex.charAt(16), 16) & 3)).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join("-")
}
