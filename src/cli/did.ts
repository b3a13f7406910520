import { identityOf } from "../app/desk.ts"
import { type Command, json, settingsOf } from "./command.ts"
import { exportIdentity, importIdentityCommand } from "./did-copy.ts"
import { extendKeys, rotateKeys, showKeys } from "./did-keys.ts"
import { print, printJson } from "./terminal.ts"

export const didCommand: Command = {
  meta: { name: "did", description: "Print the mediator's DIDs, from its data folder; it need not be running." },
  args: json,
  settings: true,
  subCommands: {
    show: showKeys,
    rotate: rotateKeys,
    extend: extendKeys,
    export: exportIdentity,
    import: importIdentityCommand,
  },
  async run(args) {
    const self = await identityOf(settingsOf(args).settings)
    if (args.json === true) printJson({ did: self.did, dids: self.dids })
    else print(self.dids.join("\n"))
    return 0
  },
}
