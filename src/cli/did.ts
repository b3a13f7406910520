import { readIdentityFile } from "../app/identity.ts"
import { Fault } from "../faults.ts"
import { type Command, json, settingsOf } from "./command.ts"
import { print, printJson } from "./terminal.ts"

export const didCommand: Command = {
  meta: { name: "did", description: "Print the mediator's DIDs, from its data folder; it need not be running." },
  args: json,
  settings: true,
  async run(args) {
    const { settings } = settingsOf(args)
    const self = await readIdentityFile(settings)
    if (!self) {
      const detail = `there is no identity in ${settings.server.data_dir} yet: restante init or restante serve creates it`
      throw new Fault("identity.unusable", { detail })
    }
    if (args.json === true) printJson({ did: self.did, dids: self.dids })
    else print(self.dids.join("\n"))
    return 0
  },
}
