import type { Setting } from "../api/types.ts"
import { Notice } from "../kit/page.tsx"

/** A setting that something else has the last word on. */
export const Fixed = ({ of: { key, value, origin } }: { of: Setting }) => (
  <Notice>
    <p>
      <code>{key}</code> is <code>{value}</code>, said by {origin}. It can only be changed there.
    </p>
  </Notice>
)
