import type { Command } from "./command.ts"
import { completionScripts, type Shell } from "./completion-scripts.ts"
import { print } from "./terminal.ts"

/** `completions` for the command line that `root` gives, which this command is a part of. */
export function completionsCommand(root: () => Command): Command {
  const printFor = (name: Shell): Command => ({
    meta: { name, description: `Print the completion of restante's commands and flags for ${name}.` },
    async run() {
      print(completionScripts[name](root()))
      return 0
    },
  })
  return {
    meta: { name: "completions", description: "Let a shell complete the commands and flags." },
    subCommands: { bash: printFor("bash"), zsh: printFor("zsh"), fish: printFor("fish") },
  }
}
