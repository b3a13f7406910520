import type { Account, Desk, RegistrationState, Transition } from "../app/desk.ts"
import { Fault } from "../faults.ts"
import { accountNamed } from "./account-lookup.ts"
import { type Arguments, type Command, json, wordsOf } from "./command.ts"
import { atDesk, didArgument, didShower, fullFlag, operator } from "./desk.ts"
import { notes, print, printJson, table } from "./terminal.ts"

type Changed = { readonly did: string; readonly from: RegistrationState; readonly to: RegistrationState }
type Failed = { readonly did: string; readonly error: { readonly code: string; readonly sentence: string } }

function transition(name: Transition, description: string): Command {
  return {
    meta: { name, description },
    args: { ...didArgument, ...fullFlag, ...json },
    repeats: true,
    settings: true,
    async run(args) {
      const outcomes = await atDesk(args, async (desk) => {
        // All are found before the first is changed, so that a mistyped one changes nothing.
        const accounts: Account[] = []
        for (const word of wordsOf(args)) accounts.push(await accountNamed(desk, word))
        const once = new Map(accounts.map((account) => [account.did, account]))
        const done: (Changed | Failed)[] = []
        for (const account of once.values()) done.push(await attempt(desk, account, name))
        return done
      })
      return report(outcomes, args)
    },
  }
}

async function attempt(desk: Desk, { did, state }: Account, name: Transition): Promise<Changed | Failed> {
  try {
    const account = await desk.accounts.change(did, name, operator)
    return { did, from: state, to: account.state }
  } catch (thrown) {
    const { code, sentence } = Fault.from(thrown)
    // The others are still tried: only what concerns this registration alone ends here.
    if (code !== "account.state" && code !== "account.unknown") throw thrown
    return { did, error: { code, sentence } }
  }
}

function report(outcomes: readonly (Changed | Failed)[], args: Arguments): number {
  const changed = outcomes.filter((outcome) => "to" in outcome)
  const failed = outcomes.filter((outcome) => "error" in outcome)
  const showDid = didShower(args)
  if (args.json === true) printJson({ changed, failed })
  else if (changed.length > 0) print(table(changed.map(({ did, from, to }) => [`${from} → ${to}`, showDid(did)])))
  for (const { did, error } of failed) notes.error(`${showDid(did)}\n${error.sentence}`)
  return failed.length === 0 ? 0 : 1
}

export const approve = transition("approve", "Give mailboxes to those who wait, or who were denied one.")
export const deny = transition("deny", "Give those who wait no mailbox.")
export const suspend = transition("suspend", "Take no mail and give no mail out, until resumed; nothing is deleted.")
export const resume = transition("resume", "Let the suspended ones go on where they were.")
export const revoke = transition("revoke", "Take mailboxes away for good: they cannot be approved again.")
