import type { IntakeMode } from "../app/desk.ts"
import { type Command, json } from "./command.ts"
import { atDesk, operator } from "./desk.ts"
import { print, printJson } from "./terminal.ts"

const sentences: Readonly<Record<IntakeMode, string>> = {
  open: "Open: mail and newcomers are taken in.",
  paused: "Paused: nothing new is taken in; what waits can be fetched and deleted. It stays so over a restart.",
  draining:
    "Draining: nothing new is taken in, and every socket is asked to come back later. It is over with the next start.",
}

/** Makes it so; the mediator that runs on the same database notices within a second. */
const making = (name: string, mode: IntakeMode, description: string): Command => ({
  meta: { name, description },
  args: json,
  settings: true,
  async run(args) {
    await atDesk(args, ({ intake }) => intake.set(mode, operator))
    if (args.json === true) printJson({ mode })
    else print(sentences[mode])
    return 0
  },
})

const show: Command = {
  meta: { name: "show", description: "Say whether anything new is taken in." },
  args: json,
  settings: true,
  async run(args) {
    const mode = await atDesk(args, ({ intake }) => intake.mode())
    if (args.json === true) printJson({ mode })
    else print(sentences[mode])
    return 0
  },
}

export const intakeCommand: Command = {
  meta: { name: "intake", description: "Take in mail and newcomers, or nothing new for a while." },
  subCommands: {
    show,
    open: making("open", "open", "Take in mail and newcomers again."),
    pause: making("pause", "paused", "Refuse new mail and newcomers for a while; fetching and deleting go on."),
    drain: making("drain", "draining", "The same, and ask every socket to leave: before the mediator is stopped."),
  },
}
