/** The command line: words in, exit code out. */

import { runCommand } from "citty"
import { ENV_PREFIX } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { adminCommand } from "./admin.ts"
import { auditCommand } from "./audit.ts"
import { backupCommand } from "./backup.ts"
import { benchCommand } from "./bench.ts"
import { type Command, cittyCommand } from "./command.ts"
import { completionsCommand } from "./completions.ts"
import { configCommand } from "./config.ts"
import { didCommand } from "./did.ts"
import { doctorCommand } from "./doctor.ts"
import { healthCommand } from "./health.ts"
import { helpText } from "./help.ts"
import { initCommand } from "./init.ts"
import { intakeCommand } from "./intake.ts"
import { inviteCommand } from "./invite.ts"
import { mailboxCommand } from "./mailbox.ts"
import { proxyCommand } from "./proxy.ts"
import { registrationCommand } from "./registration.ts"
import { restoreCommand } from "./restore.ts"
import { serveCommand } from "./serve.ts"
import { serviceCommand } from "./service.ts"
import { statusCommand } from "./status.ts"
import { findCommand, strictArguments } from "./strict.ts"
import { notes, print } from "./terminal.ts"
import { versionCommand, versionLine } from "./version.ts"

/** The whole command line. */
export const restante: Command = {
  meta: {
    name: "restante",
    description:
      "A self-hosted mediator for decentralised identities: it keeps sealed messages until they are fetched.",
  },
  subCommands: {
    serve: serveCommand,
    init: initCommand,
    did: didCommand,
    intake: intakeCommand,
    invite: inviteCommand,
    registration: registrationCommand,
    mailbox: mailboxCommand,
    audit: auditCommand,
    admin: adminCommand,
    backup: backupCommand,
    restore: restoreCommand,
    status: statusCommand,
    doctor: doctorCommand,
    bench: benchCommand,
    config: configCommand,
    health: healthCommand,
    service: serviceCommand,
    proxy: proxyCommand,
    completions: completionsCommand(() => restante),
    version: versionCommand,
  },
}

/** Runs the command that `argv` (without the program's own name) asks for. Never rejects. */
export async function program(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv)
  } catch (thrown) {
    return report(thrown, argv)
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  if (argv[0] === "--version" && argv.length === 1) {
    print(versionLine)
    return 0
  }
  const [first, ...others] = argv
  const { command, trail, rest } = findCommand(restante, first === "help" ? others : argv)
  if (first === "help" || asksForHelp(rest)) {
    print(helpText(command, trail))
    return 0
  }
  const args = strictArguments(command, trail, rest)
  if (!command.run) throw new Fault("usage", { detail: `a command is missing\n\n${helpText(command, trail)}` })
  const { result } = await runCommand(cittyCommand(command), { rawArgs: args })
  return Number(result)
}

function asksForHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf("--")
  const flags = end === -1 ? rest : rest.slice(0, end)
  return flags.includes("--help") || flags.includes("-h")
}

function report(thrown: unknown, argv: readonly string[]): number {
  const fault = Fault.from(thrown)
  const more = fault.code === "internal" ? origin(fault, argv) : null
  notes.error([fault.sentence, fault.detail, more].filter((line) => line !== null).join("\n"))
  return fault.row.exit ?? 1
}

// Settings may be what failed, so the level is looked up where it would be given.
function origin({ cause }: Fault, argv: readonly string[]): string {
  const debug = /--log-level[ =]debug/.test(argv.join(" ")) || process.env[`${ENV_PREFIX}LOG_LEVEL`] === "debug"
  if (debug && cause instanceof Error && cause.stack) return cause.stack
  return "Run it again with --log-level debug to see where."
}
