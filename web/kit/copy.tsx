import { useState } from "preact/hooks"
import { IconButton } from "./button.tsx"
import { toast } from "./toast.tsx"

const SHOWN_MS = 1_500

/** Copies a text; says so for a moment. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [isDone, setDone] = useState(false)
  async function copy() {
    try {
      // Only there on https and on this machine.
      await navigator.clipboard.writeText(text)
    } catch {
      return toast(`The browser does not let this page copy. Select the ${what} and copy it yourself.`, "danger")
    }
    setDone(true)
    setTimeout(() => setDone(false), SHOWN_MS)
  }
  return <IconButton icon={isDone ? "check" : "copy"} label={isDone ? "Copied" : `Copy the ${what}`} onClick={copy} />
}

/** A text that is read by machines, in full, with a button that copies it. */
export const Verbatim = ({ text, what }: { text: string; what: string }) => (
  <div class="verbatim">
    <code>{text}</code>
    <Copy text={text} what={what} />
  </div>
)
