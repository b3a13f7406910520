/** What an operator does with registrations, from whichever screen. */

import { patch, post, remove } from "../api/client.ts"
import type { Account, Erasure, State } from "../api/types.ts"
import type { IconName } from "../icons/icon.tsx"
import { confirmed } from "../kit/confirm.tsx"
import { toast } from "../kit/toast.tsx"
import { ErasureFigures } from "./erasure.tsx"

export type Transition = "approve" | "deny" | "suspend" | "resume" | "revoke"
export type Deed = Transition | "forget"

type Way = { readonly label: string; readonly icon: IconName; readonly done: string; readonly from: readonly State[] }

/** As src/mailbox/accounts.ts allows them. */
export const deeds: Readonly<Record<Deed, Way>> = {
  approve: { label: "Approve", icon: "check", done: "approved", from: ["pending", "denied"] },
  deny: { label: "Deny", icon: "cross", done: "denied", from: ["pending"] },
  suspend: { label: "Suspend", icon: "pause", done: "suspended", from: ["approved"] },
  resume: { label: "Resume", icon: "play", done: "approved again", from: ["suspended"] },
  revoke: { label: "Revoke", icon: "cross", done: "revoked", from: ["approved", "suspended"] },
  forget: {
    label: "Forget",
    icon: "trash",
    done: "forgotten",
    from: ["pending", "approved", "denied", "suspended", "revoked"],
  },
}

export const pathOf = (did: string): string => `/registrations/${encodeURIComponent(did)}`

const change = (did: string, transition: Transition) => post<Account>(`${pathOf(did)}/transition`, { transition })

/** Approves or denies at once; what takes something away asks before. Resolves with whether it was done. */
export async function decide(did: string, name: string, deed: Transition): Promise<boolean> {
  if (deed === "suspend" || deed === "revoke") {
    return told(
      await confirmed({
        title: `${deeds[deed].label} ${name}?`,
        say: warnings[deed],
        act: deeds[deed].label,
        isDangerous: deed === "revoke",
        run: () => change(did, deed),
      }),
      `${name} is ${deeds[deed].done}.`,
    )
  }
  try {
    await change(did, deed)
    return told(true, `${name} is ${deeds[deed].done}.`)
  } catch (thrown) {
    toast(thrown instanceof Error ? thrown.message : String(thrown), "danger")
    return false
  }
}

export const warnings = {
  suspend: "Its mail is kept, but nothing new is taken and nothing is handed out, until you resume it.",
  revoke: "It can no longer receive or fetch mail, and this cannot be taken back: it would have to ask again.",
}

function told(isDone: boolean, words: string): boolean {
  if (isDone) toast(words)
  return isDone
}

/** Erases somebody and everything of theirs, after saying what that is. */
export async function forget(did: string, name: string): Promise<boolean> {
  const ask = (dryRun: boolean) => post<{ erased: Erasure }>(`${pathOf(did)}/forget`, { dryRun })
  return told(
    await confirmed({
      title: `Forget ${name}?`,
      say: "The registration and everything that is kept for its owner are erased. Nobody can bring it back.",
      act: "Forget it",
      isDangerous: true,
      dryRun: async () => <ErasureFigures of={(await ask(true)).erased} />,
      run: () => ask(false),
    }),
    `${name} is forgotten.`,
  )
}

/** Deletes waiting mail, after saying how much. */
export async function purge(did: string, name: string): Promise<boolean> {
  const ask = (dryRun: boolean) => post<{ erased: Erasure }>(`/mailboxes/${encodeURIComponent(did)}/purge`, { dryRun })
  return told(
    await confirmed({
      title: `Empty the mailbox of ${name}?`,
      say: "All mail that waits there is deleted unread. Who sent it is not told.",
      act: "Delete the mail",
      isDangerous: true,
      dryRun: async () => <ErasureFigures of={(await ask(true)).erased} />,
      run: () => ask(false),
    }),
    `The mailbox of ${name} is empty.`,
  )
}

/** Closes the sockets of somebody, who may come back at once. */
export async function disconnect(did: string, name: string): Promise<boolean> {
  return told(
    await confirmed({
      title: `Disconnect ${name}?`,
      say: "Its connections are closed. It may connect again at once, unless it is suspended.",
      act: "Disconnect",
      run: () => post(`${pathOf(did)}/disconnect`),
    }),
    `${name} is disconnected.`,
  )
}

/** Takes an address away from somebody. */
export async function release(did: string, address: string): Promise<boolean> {
  return told(
    await confirmed({
      title: "Release this address?",
      say: "Nothing more comes in for it. What waits already stays, and its owner can ask for the address again.",
      act: "Release",
      isDangerous: true,
      run: () => remove(`${pathOf(did)}/addresses/${encodeURIComponent(address)}`),
    }),
    "The address is released.",
  )
}

export const describe = (did: string, what: object): Promise<Account> => patch<Account>(pathOf(did), what)
