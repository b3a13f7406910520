import { Copy } from "./copy.tsx"
import { shortDid } from "./did.ts"
import { Identicon } from "./identicon.tsx"

type DidProps = {
  did: string
  /** What the operator calls its owner. */
  label?: string
  href?: string
  canCopy?: boolean
}

/** Who: a stamp, the label, and a DID that is short enough to read. */
export function DidName({ did, label = "", href, canCopy = true }: DidProps) {
  const short = shortDid(did)
  const words = (
    <>
      <b>{label || short}</b>
      {label && <small>{short}</small>}
    </>
  )
  return (
    <span class="did">
      <Identicon did={did} />
      {href ? (
        <a class="did-words" href={href} title={did}>
          {words}
        </a>
      ) : (
        <span class="did-words" title={did}>
          {words}
        </span>
      )}
      {canCopy && <Copy text={did} what="DID" />}
    </span>
  )
}
