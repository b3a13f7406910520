/** What an operator does with registrations, from whichever screen. */

import { patch, post, remove } from "../api/client.ts"
import type { Account, Erasure, State } from "../api/types.ts"
import type { IconName } from "../icons/icon.tsx"
import { confirmed } from "../kit/confirm.tsx"
import { bytes, counted } from "../kit/format.ts"
import { toast } from "../kit/toast.tsx"

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

const warnings = {
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

type BulkItem = { did: string; ok: boolean; erased?: Erasure; error?: { message: string } }

/** The same with many, after saying with how many it will work. */
export async function decideAll(dids: readonly string[], deed: Deed): Promise<boolean> {
  const { label, done } = deeds[deed]
  const ask = (dryRun: boolean) =>
    post<{ items: readonly BulkItem[] }>("/registrations/bulk", { dids, action: deed, dryRun })
  return confirmed({
    title: `${label} ${counted(dids.length, "registration")}?`,
    say: deed === "forget" ? "Everything that is kept for their owners is erased with them." : warningFor(deed),
    act: label,
    isDangerous: deed === "forget",
    dryRun: async () => <BulkFigures of={(await ask(true)).items} done={done} />,
    run: async () => {
      const { items } = await ask(false)
      const failed = items.filter(({ ok }) => !ok).length
      toast(`${counted(items.length - failed, "registration")} ${done}${failed > 0 ? `, ${failed} not` : ""}.`)
    },
  })
}

const warningFor = (deed: Deed): string =>
  deed === "suspend" || deed === "revoke" ? warnings[deed] : "Those that are in another state are left alone."

function BulkFigures({ of, done }: { of: readonly BulkItem[]; done: string }) {
  const [fit, unfit] = [of.filter(({ ok }) => ok), of.filter(({ ok }) => !ok)]
  const erased = fit.map((one) => one.erased).filter((one) => one !== undefined)
  return (
    <>
      <p>
        <b>{fit.length}</b> will be {done}
        {unfit.length > 0 && (
          <>
            , <b>{unfit.length}</b> cannot be: {unfit[0]?.error?.message}
          </>
        )}
        .
      </p>
      {erased.length > 0 && <ErasureFigures of={erased.reduce(sum)} />}
    </>
  )
}

const sum = (a: Erasure, b: Erasure): Erasure => ({
  messages: a.messages + b.messages,
  bytes: a.bytes + b.bytes,
  addresses: a.addresses + b.addresses,
  events: a.events + b.events,
  contracts: a.contracts + b.contracts,
  publicEvents: a.publicEvents + b.publicEvents,
})

/** What goes, in words; what is not there is not mentioned. */
function ErasureFigures({ of }: { of: Erasure }) {
  const parts = [
    [of.messages, "waiting message"],
    [of.addresses, "address", "addresses"],
    [of.events, "kept event"],
    [of.contracts, "contract"],
    [of.publicEvents, "public event"],
  ] as const
  const there = parts.filter(([amount]) => amount > 0)
  if (there.length === 0) return <p>There is nothing in it.</p>
  return (
    <>
      <p>This deletes, {bytes(of.bytes)} in all:</p>
      <ul>
        {there.map(([amount, one, many]) => (
          <li key={one}>{counted(amount, one, many)}</li>
        ))}
      </ul>
    </>
  )
}
