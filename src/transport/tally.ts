import type { FaultCode } from "../faults.ts"

/** What the door tells whoever keeps the books. */
export type Tally = {
  /** It refused something itself, before a language saw it. */
  refused(code: FaultCode): void
  /** A request was answered, `seconds` after it came. */
  answered(status: number, seconds: number): void
}
