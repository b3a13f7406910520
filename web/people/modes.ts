import type { Option } from "../kit/field.tsx"

/** Who gets a mailbox. */
export const modes: readonly Option<string>[] = [
  { value: "approval", label: "Whoever I approve", hint: "Newcomers wait until you say yes, here or from your phone." },
  { value: "invite", label: "Whoever I invite", hint: "An invite is a link or QR code; its owner need not wait." },
  { value: "open", label: "Anybody", hint: "Every wallet that asks gets a mailbox, within its quota." },
  { value: "closed", label: "Nobody new", hint: "Those who are here stay. You can change this whenever you like." },
]
