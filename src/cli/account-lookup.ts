/** Finding a registration by what a person types or copies from a table. */

import type { Account, Desk } from "../app/desk.ts"
import { Fault } from "../faults.ts"

const PAGE = 200
const CANDIDATES = 10
const LEAST_PART = 4

/**
 * The registration of a DID, or the only one whose DID contains `given` or, for `beginning…end`, begins and ends so.
 * Faults: account.unknown; usage with the candidates when there are several.
 */
export async function accountNamed(desk: Desk, given: string): Promise<Account> {
  const exact = await desk.store.account(given)
  if (exact) return exact
  const [first, ...others] = given.length < LEAST_PART ? [] : await matching(desk, given)
  const detail = "restante registration list --search TEXT finds it."
  if (!first) throw new Fault("account.unknown", { args: [given], detail })
  if (others.length > 0) throw ambiguous(given, [first, ...others])
  return first
}

async function matching(desk: Desk, given: string): Promise<Account[]> {
  const [head = "", tail = null] = given.split(/…|\.\.\./, 2)
  const fits = (did: string) =>
    tail === null ? did.includes(given) : did.startsWith(head) && did.endsWith(tail) && did.length >= given.length
  const text = tail !== null && tail.length > head.length ? tail : head
  const found: Account[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Desk["accounts"]["list"]>> = await desk.accounts.list({
      text,
      limit: PAGE,
      ...(after !== null && { after }),
    })
    // The search is wider than what is meant here: it also looks at labels, and not at the case of letters.
    found.push(...page.items.filter(({ did }) => fits(did)))
    after = page.next
  } while (after !== null && found.length <= CANDIDATES)
  return found
}

function ambiguous(given: string, found: readonly Account[]): Fault {
  const shown = found.slice(0, CANDIDATES).map(({ did, label }) => `  ${did}${label === "" ? "" : ` (${label})`}`)
  const more = found.length > CANDIDATES ? ["  and more"] : []
  const detail = [`${given} is part of several DIDs:`, ...shown, ...more, "Give more of the one that is meant."]
  return new Fault("usage", { detail: detail.join("\n") })
}
