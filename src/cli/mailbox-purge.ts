import { duration, SECOND } from "../config/kinds.ts"
import { erasureText } from "./account-document.ts"
import { accountNamed } from "./account-lookup.ts"
import { type Command, flagValue, json, textOf } from "./command.ts"
import { checkConsent, isConfirmed } from "./confirm.ts"
import { atDesk, dangerFlags, didArgument, operator } from "./desk.ts"
import { print, printJson } from "./terminal.ts"

export const purge: Command = {
  meta: {
    name: "purge",
    description: "Delete the mail that waits in a mailbox; what its owner saved on purpose stays.",
  },
  args: {
    ...didArgument,
    "older-than": {
      type: "string",
      valueHint: "TIME",
      description: "Only what came longer ago than this, such as 7d.",
    },
    ...dangerFlags,
    ...json,
  },
  settings: true,
  async run(args) {
    checkConsent(args)
    const olderThan = flagValue(args, "older-than", duration(SECOND)) ?? 0
    return atDesk(args, async (desk) => {
      const { did } = await accountNamed(desk, textOf(args, "did") ?? "")
      const dryRun = args["dry-run"] === true
      const expected = await desk.accounts.purge(did, olderThan, null)
      const question = `Delete ${erasureText(expected)} from the mailbox of ${did}?`
      if (!dryRun && !(await isConfirmed(args, question))) return 1
      const erased = dryRun ? expected : await desk.accounts.purge(did, olderThan, operator)
      const { messages, bytes } = erased
      if (args.json === true) printJson({ did, dryRun, olderThan, messages, bytes })
      else print(`${dryRun ? "Would delete" : "Deleted"} ${erasureText(erased)} from the mailbox of ${did}.`)
      return 0
    })
  },
}
