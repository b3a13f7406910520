import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { Button } from "./button.tsx"
import { count } from "./format.ts"

export type Selection = {
  readonly keys: readonly string[]
  has(key: string): boolean
  set(keys: readonly string[], isOn: boolean): void
  clear(): void
}

/** Which rows of a list are picked; kept over its pages. */
export function useSelection(): Selection {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  return {
    keys: [...picked],
    has: (key) => picked.has(key),
    set: (keys, isOn) =>
      setPicked((before) =>
        isOn ? new Set([...before, ...keys]) : new Set([...before].filter((key) => !keys.includes(key))),
      ),
    clear: () => setPicked(new Set()),
  }
}

/** What can be done with all that is picked; there only while something is. */
export const BulkBar = ({ selection, children }: { selection: Selection; children: ComponentChildren }) =>
  selection.keys.length > 0 ? (
    <div class="bulk" role="toolbar" aria-label="With the selected">
      <div>
        <b>{count(selection.keys.length)} selected</b>
        <Button tone="quiet" onClick={selection.clear}>
          Clear
        </Button>
      </div>
      {children}
    </div>
  ) : null
