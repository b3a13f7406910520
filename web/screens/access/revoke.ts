import { post } from "../../api/client.ts"
import type { Invite } from "../../api/types.ts"
import type { BadgeTone } from "../../kit/badge.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { toast } from "../../kit/toast.tsx"

export const states: Readonly<Record<Invite["state"], { readonly word: string; readonly tone: BadgeTone }>> = {
  open: { word: "open", tone: "good" },
  used: { word: "used up", tone: "soft" },
  expired: { word: "expired", tone: "soft" },
  revoked: { word: "revoked", tone: "danger" },
}

const ID_SHOWN = 8

export const nameOf = ({ label, id }: Invite): string => label || `Invite ${id.slice(0, ID_SHOWN)}`

/** Takes an invite back. */
export async function revoke(invite: Invite): Promise<void> {
  const isDone = await confirmed({
    title: `Revoke ${nameOf(invite)}?`,
    say: "Nobody can come with it any more. Who came with it stays.",
    act: "Revoke",
    isDangerous: true,
    run: () => post(`/invites/${invite.id}/revoke`),
  })
  if (isDone) toast(`${nameOf(invite)} is revoked.`)
}
