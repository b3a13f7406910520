/** Every failure once: what it is called, what each door answers, whom it may be told, and what to do about it. */

import { adminFaults } from "./faults/admin.ts"
import { decentrlFaults } from "./faults/decentrl.ts"
import { didcommFaults } from "./faults/didcomm.ts"
import { notifyFaults } from "./faults/notify.ts"
import { operatorFaults } from "./faults/operator.ts"
import type { Row } from "./faults/row.ts"
import { sharedFaults } from "./faults/shared.ts"

export type { DecentrlCode } from "./faults/row.ts"

const catalogue = {
  ...sharedFaults,
  ...didcommFaults,
  ...decentrlFaults,
  ...operatorFaults,
  ...adminFaults,
  ...notifyFaults,
}

export type FaultCode = keyof typeof catalogue

/** A refusal. `detail` and `cause` are for the log and the operator's terminal; the wire gets only the sentence. */
export class Fault extends Error {
  override readonly name = "Fault"
  readonly code: FaultCode
  readonly detail: string | null
  readonly args: readonly string[]

  /** Whole seconds after which trying again makes sense; null when it makes none. */
  readonly retry: number | null

  constructor(
    code: FaultCode,
    given: { detail?: string; cause?: unknown; args?: readonly string[]; retry?: number } = {},
  ) {
    super(given.detail === undefined ? code : `${code}: ${given.detail}`, { cause: given.cause })
    this.code = code
    this.detail = given.detail ?? null
    this.args = given.args ?? []
    this.retry = given.retry ?? this.row.retry ?? null
  }

  get row(): Row {
    return catalogue[this.code]
  }

  /** The sentence with its placeholders filled; a missing argument reads `?` (report-problem 2.0). */
  get sentence(): string {
    return this.row.say.replace(/\{(\d+)\}/g, (_, n) => this.args[Number(n) - 1] ?? "?")
  }

  /** Anything thrown, as a Fault: what nobody foresaw is `internal`. */
  static from(thrown: unknown): Fault {
    return thrown instanceof Fault ? thrown : new Fault("internal", { detail: String(thrown), cause: thrown })
  }
}

/** A fault as it goes from one thread to another. */
export type Failure = { readonly code: FaultCode; readonly detail: string | null; readonly args: readonly string[] }

/** Anything thrown, as it goes to another thread. */
export function toFailure(thrown: unknown): Failure {
  const { code, detail, args } = Fault.from(thrown)
  return { code, detail, args }
}

/** What came from another thread, as a Fault again. */
export const fromFailure = ({ code, detail, args }: Failure): Fault =>
  new Fault(code, { args, ...(detail !== null && { detail }) })

/** The whole catalogue, for the generated reference of errors. */
export const faults: Readonly<Record<FaultCode, Row>> = catalogue
