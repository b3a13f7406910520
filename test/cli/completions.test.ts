import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { restante } from "../../src/cli/program.ts"
import { emptyFolder, run } from "./run.ts"

const shell = (name: string) => {
  const path = Bun.which(name)
  if (!path) console.warn(`Completions for ${name} are not tried: it is not installed.`)
  return path
}

async function script(name: string): Promise<string> {
  const { stdout, stderr, exit } = await run(["completions", name])
  expect([stderr, exit]).toEqual(["", 0])
  const file = join(emptyFolder(), name)
  writeFileSync(file, stdout)
  return file
}

/** What a shell prints, one word a line. */
function offered(argv: string[]): string[] {
  const { stdout, stderr, exitCode } = Bun.spawnSync(argv, { stderr: "pipe" })
  expect([stderr.toString(), exitCode]).toEqual(["", 0])
  return stdout.toString().trim().split("\n")
}

const commands = Object.keys(restante.subCommands ?? {})
const inInvite = ["create", "list", "show", "revoke"]

test("bash completes commands, what is below them, and flags", async () => {
  const bash = shell("bash")
  if (!bash) return
  const file = await script("bash")
  const complete = (...words: string[]) => {
    const line = words.map((word) => `'${word}'`).join(" ")
    const asking = `source '${file}'; COMP_WORDS=(restante ${line}); COMP_CWORD=${words.length}; _restante; printf '%s\\n' "\${COMPREPLY[@]}"`
    return offered([bash, "--norc", "-uc", asking])
  }
  expect(complete("")).toEqual(expect.arrayContaining(commands))
  expect(complete("invite", "")).toEqual(expect.arrayContaining(inInvite))
  expect(complete("invite", "create", "--us")).toEqual(["--uses"])
  expect(complete("serve", "--mailbox-t")).toEqual(["--mailbox-ttl"])
  expect(complete("--json", "invite", "--label", "x", "re")).toEqual(["revoke"])
})

test("zsh knows the function and what it offers", async () => {
  const zsh = shell("zsh")
  if (!zsh) return
  const file = await script("zsh")
  const complete = (...words: string[]) => {
    const line = words.map((word) => `'${word}'`).join(" ")
    // Only an interactive zsh draws the choices: here they are printed instead.
    const asking = `autoload -U compinit; compinit -D -u; source '${file}'; [ "$_comps[restante]" = _restante ] || exit 9
      _describe() { local choices=$argv[-1]; print -rl -- \${(P)choices%%:*} }; words=(restante ${line}); CURRENT=${words.length + 1}; _restante`
    return offered([zsh, "-fc", asking])
  }
  expect(complete("")).toEqual(expect.arrayContaining(commands))
  expect(complete("invite", "")).toEqual(expect.arrayContaining(inInvite))
  expect(complete("invite", "create", "")).toEqual(expect.arrayContaining(["--uses", "--config", "--mailbox-ttl"]))
})

test("fish completes commands and flags", async () => {
  const fish = shell("fish")
  if (!fish) return
  const file = await script("fish")
  const complete = (line: string) =>
    offered([fish, "--no-config", "-c", `source '${file}'; complete -C 'restante ${line}'`]).map(
      (choice) => choice.split("\t")[0],
    )
  expect(complete("")).toEqual(expect.arrayContaining(commands))
  expect(complete("invite cr")).toEqual(["create"])
  expect(complete("serve --mailbox-t")).toEqual(["--mailbox-ttl"])
})
