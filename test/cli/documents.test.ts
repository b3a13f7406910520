/** What programs read: the members of every command's JSON document, which may grow but not change. */

import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Command } from "../../src/cli/command.ts"
import { restante } from "../../src/cli/program.ts"
import { mediator } from "../kit/mediator.ts"
import { home } from "./home.ts"
import { run } from "./run.ts"

const ANNA = "did:web:anna.example"
const BOB = "did:web:bob.example"

/** Their documents are looked at there. */
const elsewhere = { bench: "bench.test.ts", "service status": "service.test.ts" }

/** The commands that print one JSON document, with a space between their words. */
const withJson = ({ args, subCommands }: Command, words: readonly string[] = []): string[] => [
  ...(args && "json" in args ? [words.join(" ")] : []),
  ...Object.entries(subCommands ?? {}).flatMap(([name, below]) => withJson(below, [...words, name])),
]

/** The types of a document's members; of lists, the first one's. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (value === null) return "null"
  if (typeof value !== "object") return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
}

test("every command's JSON has the members that it had", async () => {
  const here = await home()
  await using m = await mediator()
  for (const did of [ANNA, BOB]) await here.registered(did, "pending")
  for (const name of ["password", "passphrase"]) writeFileSync(join(here.cwd, name), "correct horse battery staple\n")
  const env = { RESTANTE_ADMIN_PASSWORD_FILE: "password" }
  const sealed = ["--passphrase-file", "passphrase"]
  const shapes: Record<string, unknown> = {}

  /** Runs a command, and keeps its document's shape under the words that name it. */
  async function document(command: string, ...rest: readonly string[]) {
    const { stdout, stderr, exit } = await run([...command.split(" "), ...rest, "--json"], { cwd: here.cwd, env })
    // What the doctor finds on this machine is not the matter here.
    expect([command, stderr, command === "doctor" ? 0 : exit]).toEqual([command, "", 0])
    const parsed = JSON.parse(stdout)
    shapes[command] = shapeOf(parsed)
    return parsed
  }

  await document("init")
  await document("registration approve", ANNA)
  await document("registration deny", BOB)
  await here.deliver(ANNA, 2)
  await document("registration describe", ANNA, "--label", "Anna")
  await document("registration notify", ANNA, "--ntfy", "https://ntfy.example/anna")
  await document("registration list")
  await document("registration show", ANNA)
  await document("mailbox list")
  await document("mailbox show", ANNA)
  await document("mailbox purge", ANNA, "--yes")
  await document("registration suspend", ANNA)
  await document("registration resume", ANNA)
  await document("registration revoke", ANNA)
  await document("registration forget", ANNA, "--yes")

  const { id: invite } = await document("invite create", "--label", "Clara")
  await document("invite list")
  await document("invite show", invite)
  await document("invite revoke", invite)

  await document("admin create", "ada")
  await document("admin create", "bea")
  await document("admin list")
  await document("admin password", "ada")
  await document("admin remove", "bea")
  const { id: token } = await document("admin token create", "--name", "plots", "--scopes", "read")
  await document("admin token list")
  await document("admin token revoke", token)

  for (const mode of ["pause", "drain", "open", "show"]) await document(`intake ${mode}`)

  const { name: first } = await document("backup")
  await document("backup")
  await document("backup list")
  await document("backup verify", first)
  await document("restore", first, "--dry-run")
  await document("backup delete", first, "--yes")

  await document("did rotate", "--yes")
  await document("did extend")
  await document("did show")
  await document("did")
  await document("did export", "--out", "keys.sealed", ...sealed)
  await document("did import", "keys.sealed", ...sealed, "--data-dir", "elsewhere")

  await document("audit list")
  await document("audit verify")
  await document("config check")
  await document("config show")
  await document("config explain", "mailbox.ttl")
  await document("status")
  await document("doctor")
  await document("health", "--url", m.url)
  await document("version")

  expect([...Object.keys(shapes), ...Object.keys(elsewhere)].sort()).toEqual(withJson(restante).sort())
  expect(shapes).toMatchSnapshot()
}, 120_000)
