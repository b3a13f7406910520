import manifest from "../../package.json" with { type: "json" }
import { loadBuildFacts } from "../app/build-facts.ts"
import { type Command, json } from "./command.ts"
import { print, printJson } from "./terminal.ts"

const { name, version } = manifest

/** The name and version on one line. */
export const versionLine = `${name} ${version}`

export const versionCommand: Command = {
  meta: { name: "version", description: "Print the version of restante and of what it runs on." },
  args: json,
  async run(args) {
    const platform = `${process.platform}-${process.arch}`
    const { commit } = await loadBuildFacts()
    if (args.json === true) printJson({ name, version, commit, bun: Bun.version, platform })
    else
      print(`${versionLine} (Bun ${Bun.version}, ${platform}${commit === null ? "" : `, commit ${shortened(commit)}`})`)
    return 0
  },
}

const shortened = (commit: string): string => commit.replace(/^([0-9a-f]{12})[0-9a-f]+/, "$1")
