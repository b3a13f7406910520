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

