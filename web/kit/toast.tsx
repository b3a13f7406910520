import { signal } from "@preact/signals"
import { IconButton } from "./button.tsx"

type Toast = { readonly id: number; readonly words: string; readonly tone: "good" | "danger" }

const shown = signal<readonly Toast[]>([])
const SHOWN_MS = 6_000
let last = 0

const drop = (id: number) => {
  shown.value = shown.value.filter((one) => one.id !== id)
}

/** Says that something was done, or was not, without getting in the way. */
export function toast(words: string, tone: Toast["tone"] = "good"): void {
  const id = ++last
  shown.value = [...shown.value.slice(-2), { id, words, tone }]
  setTimeout(() => drop(id), SHOWN_MS)
}

/** Where they appear; once, in the shell. */
export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {shown.value.map(({ id, words, tone }) => (
      <div class={`toast ${tone}`} key={id}>
        <span>{words}</span>
        <IconButton icon="cross" label="Dismiss" onClick={() => drop(id)} />
      </div>
    ))}
  </div>
)
