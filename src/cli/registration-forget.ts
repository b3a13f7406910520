import { erasureText } from "./account-document.ts"
import { accountNamed } from "./account-lookup.ts"
import { type Command, json, textOf } from "./command.ts"
import { checkConsent, isConfirmed } from "./confirm.ts"
import { atDesk, dangerFlags, didArgument, operator } from "./desk.ts"
import { print, printJson } from "./terminal.ts"

export const forget: Command = {
  meta: { name: "forget", description: "Erase a registration and everything that is kept for its owner." },
  args: { ...didArgument, ...dangerFlags, ...json },
  settings: true,
  async run(args) {
    checkConsent(args)
    return atDesk(args, async (desk) => {
      const { did } = await accountNamed(desk, textOf(args, "did") ?? "")
      const dryRun = args["dry-run"] === true
      const expected = await desk.accounts.forget(did, null)
      const question = `Forget ${did}, and with it ${erasureText(expected)}?`
      if (!dryRun && !(await isConfirmed(args, question))) return 1
      const erased = dryRun ? expected : await desk.accounts.forget(did, operator)
      if (args.json === true) printJson({ did, dryRun, erased })
      else print(`${dryRun ? "Would forget" : "Forgot"} ${did}, and with it ${erasureText(erased)}.`)
      return 0
    })
  },
}
