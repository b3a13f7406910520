import { hash32 } from "./did.ts"

const SIZE = 5
const INKS = 6

/** A small stamp for a DID, always the same one: a pattern with one axis, in one of six inks. */
export function Identicon({ did }: { did: string }) {
  const pattern = hash32(did)
  const path: string[] = []
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < 3; x++) {
      if (((pattern >>> (y * 3 + x)) & 1) === 0) continue
      path.push(cell(x, y))
      if (x < 2) path.push(cell(SIZE - 1 - x, y))
    }
  }
  return (
    <svg class={`identicon ink-${(pattern >>> 16) % INKS}`} viewBox="-2.5 -2.5 10 10" aria-hidden="true">
      <rect x="-2.5" y="-2.5" width="10" height="10" rx="1.6" />
      <path d={path.join("")} />
    </svg>
  )
}

const cell = (x: number, y: number) => `M${x} ${y}h1v1h-1z`
