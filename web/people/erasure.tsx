import type { Erasure } from "../api/types.ts"
import { bytes, counted } from "../kit/format.ts"

/** What goes, in words; what is not there is not mentioned. */
export function ErasureFigures({ of }: { of: Erasure }) {
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
