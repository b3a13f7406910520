/** The same deed with many registrations at once. */

import { post } from "../api/client.ts"
import type { Erasure } from "../api/types.ts"
import { confirmed } from "../kit/confirm.tsx"
import { counted } from "../kit/format.ts"
import { toast } from "../kit/toast.tsx"
import { ErasureFigures } from "./erasure.tsx"
import { type Deed, deeds, warnings } from "./work.tsx"

type BulkItem = { did: string; ok: boolean; erased?: Erasure; error?: { message: string } }

type Bulk = { readonly label: string; readonly done: string; readonly say: string; readonly isDangerous?: true }

const left = "Those that are in another state are left alone."
const ways: Readonly<Record<Deed | "purge", Bulk>> = {
  approve: { ...deeds.approve, say: left },
  deny: { ...deeds.deny, say: left },
  suspend: { ...deeds.suspend, say: warnings.suspend },
  resume: { ...deeds.resume, say: left },
  revoke: { ...deeds.revoke, say: warnings.revoke },
  forget: {
    ...deeds.forget,
    say: "Everything that is kept for their owners is erased with them.",
    isDangerous: true,
  },
  purge: {
    label: "Empty the mailboxes of",
    done: "emptied",
    say: "All mail that waits there is deleted unread. Who sent it is not told.",
    isDangerous: true,
  },
}

/** Does it after saying with how many it will work. Resolves with whether it was done. */
export async function decideAll(dids: readonly string[], deed: Deed | "purge"): Promise<boolean> {
  const { label, done, say, isDangerous = false } = ways[deed]
  const ask = (dryRun: boolean) =>
    post<{ items: readonly BulkItem[] }>("/registrations/bulk", { dids, action: deed, dryRun })
  return confirmed({
    title: `${label} ${counted(dids.length, "registration")}?`,
    say,
    act: deed === "purge" ? "Delete the mail" : label,
    isDangerous,
    dryRun: async () => <BulkFigures of={(await ask(true)).items} done={done} />,
    run: async () => {
      const { items } = await ask(false)
      const failed = items.filter(({ ok }) => !ok).length
      toast(`${counted(items.length - failed, "registration")} ${done}${failed > 0 ? `, ${failed} not` : ""}.`)
    },
  })
}

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
