import { useEffect, useState } from "preact/hooks"
import { once } from "../../api/client.ts"
import { Pill } from "../../kit/badge.tsx"
import { counted } from "../../kit/format.ts"

type Verified = { readonly ok: boolean; readonly lines: number; readonly broken: number | null }

/** Each line holds the hash of the one before: whether that is so from the first to the last. */
export function Chain() {
  const [found, setFound] = useState<Verified | "unknown" | null>(null)
  useEffect(() => {
    // Not a change, although it is a POST: nothing else has to be loaded again.
    once<Verified>("POST", "/audit/verify", {}).then(setFound, () => setFound("unknown"))
  }, [])
  if (found === null) return <Pill level="unknown">Checking that no line was changed</Pill>
  if (found === "unknown") return <Pill level="unknown">Whether the chain holds could not be asked.</Pill>
  if (found.ok) return <Pill level="ok">{counted(found.lines, "line")}, the chain unbroken.</Pill>
  return <Pill level="fail">Line {found.broken} was changed, or lines before it were taken out.</Pill>
}
