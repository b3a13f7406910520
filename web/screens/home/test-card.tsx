import { useState } from "preact/hooks"
import { post } from "../../api/client.ts"
import type { TestedHop } from "../../api/types.ts"
import { Icon } from "../../icons/icon.tsx"
import { Button } from "../../kit/button.tsx"
import { FormError, useAction } from "../../kit/form.tsx"
import { duration } from "../../kit/format.ts"
import { Card } from "../../kit/page.tsx"

const hops: Readonly<Record<TestedHop["hop"], string>> = {
  ping: "It answers a ping",
  grant: "It grants a mailbox",
  address: "It takes an address",
  forward: "It accepts a letter",
  pickup: "It hands the letter out",
  ack: "It forgets what was fetched",
}

type Outcome = { readonly items: readonly TestedHop[]; readonly isOk: boolean }

/** A letter on its whole way through the mediator, with the time of each hop. */
export function TestCard() {
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const { isBusy, error, run } = useAction()
  async function test() {
    setOutcome(null)
    await run(async () => setOutcome(await post<Outcome>("/test")))
  }
  const total = outcome?.items.reduce((sum, { ms }) => sum + ms, 0) ?? 0
  return (
    <Card
      title="Test my mediator"
      lead="A letter to itself, by its own front door."
      actions={
        <Button icon="test" isBusy={isBusy} onClick={test}>
          {outcome ? "Test again" : "Test"}
        </Button>
      }
    >
      <ol class={isBusy ? "hops busy" : "hops"} aria-live="polite">
        {Object.entries(hops).map(([name, words]) => (
          <Hop key={name} words={words} of={outcome?.items.find(({ hop }) => hop === name)} outcome={outcome} />
        ))}
      </ol>
      {outcome?.isOk && (
        <p class="verdict">
          <Icon name="check" /> Everything works. The letter was on its way for {duration(total)}.
        </p>
      )}
      <FormError>{error?.message}</FormError>
    </Card>
  )
}

type State = "ahead" | "done" | "failed" | "skipped"

const verdicts: Readonly<Record<State, string>> = { ahead: "", done: "", failed: "failed", skipped: "not tried" }

/** After the first that failed, nothing is tried. */
function stateOf(hop: TestedHop, items: readonly TestedHop[]): State {
  if (hop.isOk) return "done"
  return hop === items.find(({ isOk }) => !isOk) ? "failed" : "skipped"
}

type HopProps = { words: string; of: TestedHop | undefined; outcome: Outcome | null }

/** The bar begins where the hop before ended. */
function Hop({ words, of, outcome }: HopProps) {
  const items = outcome?.items ?? []
  const sum = (parts: readonly TestedHop[]) => parts.reduce((total, { ms }) => total + ms, 0)
  const total = Math.max(1, sum(items))
  const before = of ? sum(items.slice(0, items.indexOf(of))) : 0
  const state = of ? stateOf(of, items) : "ahead"
  return (
    <li class={state}>
      <span>{words}</span>
      <b>{state === "done" && of ? duration(of.ms) : verdicts[state]}</b>
      <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="1" />
        {of && state !== "skipped" && (
          <rect class="took" x={(before / total) * 100} width={Math.max(0.6, (of.ms / total) * 100)} height="1" />
        )}
      </svg>
      {state === "failed" && <em>{of?.problem}</em>}
    </li>
  )
}
