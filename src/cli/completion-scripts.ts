/** What makes bash, zsh and fish complete the words of this command line. */

import type { ArgsDef } from "citty"
import { argumentsOf, type Command } from "./command.ts"

/** A word that may come next, and what it does. */
type Word = readonly [word: string, sentence: string]

/** What may come after the words of `trail`, such as ["invite", "create"]; `settings` are there besides. */
type Place = { readonly trail: readonly string[]; readonly words: readonly Word[]; readonly settings: boolean }

function places(command: Command, trail: readonly string[] = []): Place[] {
  const inner = Object.entries(command.subCommands ?? {})
  const commands = inner.map(([word, { meta }]): Word => [word, meta.description])
  const words = [...commands, ...flagsIn(command.args ?? {}), ["--help", "Print this help."] as const]
  return [
    { trail, words, settings: command.settings === true },
    ...inner.flatMap(([word, next]) => places(next, [...trail, word])),
  ]
}

const flagsIn = (args: ArgsDef): Word[] =>
  Object.entries(args)
    .filter(([, { type }]) => type !== "positional")
    .map(([name, { description = "" }]) => [`--${name}`, description])

/** The flags of every command that reads the configuration. */
const settingFlags = flagsIn(argumentsOf({ meta: { name: "", description: "" }, settings: true }))

/** The scripts by shell, for the commands below `root`. */
export const completionScripts = {
  bash(root: Command): string {
    const all = places(root)
    const offers = all.map(({ trail, words, settings }) => {
      const names = [...words.map(([word]) => word), ...(settings ? ["$settings"] : [])]
      return `    ${at(trail)}) offers="${names.join(" ")}" ;;`
    })
    return `# bash completion for restante: source it, or keep it in /usr/share/bash-completion/completions/restante
_restante() {
  local at="" word offers="" settings="${settingFlags.map(([flag]) => flag).join(" ")}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    ${follow(all)}
  done
  case "$at" in
${offers.join("\n")}
  esac
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$offers" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _restante restante
`
  },

  zsh(root: Command): string {
    const all = places(root)
    const offers = all.map(({ trail, words, settings }) => {
      const described = [...words.map(describe), ...(settings ? ["$settings"] : [])]
      return `    ${at(trail)}) offers=(${described.join(" ")}) ;;`
    })
    return `#compdef restante
# zsh completion for restante: keep it as _restante in a folder of $fpath
_restante() {
  local at="" word
  local -a offers settings
  settings=(${settingFlags.map(describe).join(" ")})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    ${follow(all)}
  done
  case "$at" in
${offers.join("\n")}
  esac
  _describe -t commands restante offers || _files
}
if [ "$funcstack[1]" = _restante ]; then _restante "$@"; else compdef _restante restante; fi
`
  },

  fish(root: Command): string {
    const all = places(root)
    const offer = (where: readonly Place[], [word, sentence]: Word) => {
      const when = single(`__restante_at ${where.map(({ trail }) => at(trail)).join(" ")}`)
      const how = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`
      return `complete -c restante -n ${when} ${how} -d ${single(sentence)}`
    }
    const configured = all.filter(({ settings }) => settings)
    const lines = [
      ...all.flatMap((place) => place.words.map((word) => offer([place], word))),
      ...settingFlags.map((flag) => offer(configured, flag)),
    ]
    return `# fish completion for restante: keep it in /usr/share/fish/vendor_completions.d/restante.fish
function __restante_at
  set -l at ""
  for word in (commandline -opc)[2..-1]
    contains -- "$at $word" ${all.map(({ trail }) => at(trail)).join(" ")}; and set at "$at $word"
  end
  contains -- "$at" $argv
end
${lines.join("\n")}
`
  },
} as const satisfies Record<string, (root: Command) => string>

export type Shell = keyof typeof completionScripts

/** The words so far as the scripts keep them: `" invite create"`. */
const at = (trail: readonly string[]): string => `"${trail.map((word) => ` ${word}`).join("")}"`

/** A case for bash and zsh that goes one command further, and passes over everything else. */
const follow = (all: readonly Place[]): string => {
  const known = all.filter(({ trail }) => trail.length > 0).map(({ trail }) => at(trail))
  return `case "$at $word" in ${known.join("|")}) at="$at $word" ;; esac`
}

// zsh takes what follows the first colon for the description.
const describe = ([word, sentence]: Word): string => single(`${word}:${sentence}`)

const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
