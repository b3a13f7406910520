import { Fault } from "../faults.ts"
import type { Arguments } from "./command.ts"
import { notes } from "./terminal.ts"

/** Whether somebody may be asked: a person sits at both ends. */
const isAttended = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** What cannot be undone needs --yes, --dry-run, or somebody to ask. Throws Fault("usage") before anything is done. */
export function checkConsent(args: Arguments): void {
  if (args.yes === true || args["dry-run"] === true || isAttended()) return
  const detail =
    "this cannot be undone and nobody can be asked here: give --yes, or --dry-run to see what it would take"
  throw new Fault("usage", { detail })
}

/** Asks before something that cannot be undone; the question goes to standard error. */
export async function isConfirmed(args: Arguments, question: string): Promise<boolean> {
  if (args.yes === true) return true
  checkConsent(args)
  // Only here, because a server that never asks need not hold it.
  const { createInterface } = await import("node:readline/promises")
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // The end of the input is a no.
  const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")))
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), ended])
  terminal.close()
  const isYes = /^y(es)?$/i.test(answer.trim())
  if (!isYes) notes.info("Nothing was changed.")
  return isYes
}
