import { type Mediator, startMediator } from "../app/compose.ts"
import { systemClock } from "../base/clock.ts"
import type { Settings } from "../config/schema.ts"
import { type Command, settingsOf } from "./command.ts"
import { addressAdvice, admissionSentence, qrCode } from "./invitation.ts"
import { notes, print, table } from "./terminal.ts"

export const serveCommand: Command = {
  meta: { name: "serve", description: "Run the mediator until it is told to stop (Ctrl-C or SIGTERM)." },
  settings: true,
  async run(args) {
    const { settings, origins } = settingsOf(args)
    // Listening for signals comes first: one that arrives during the start must not leave things half open.
    const stop = stopSignal()
    const mediator = await startMediator(settings, { origins })
    if (process.stdout.isTTY) print(welcome(mediator, settings))
    await stop
    if (process.stderr.isTTY) notes.info("Stopping; press Ctrl-C again to stop at once.")
    await mediator[Symbol.asyncDispose]()
    // Everything has ended by now: what still keeps the process alive has no claim to.
    systemClock.after(0, () => process.exit(0))
    return 0
  },
}

/** Resolves with the first signal to stop; the second ends the process at once. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let stopping = false
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      resolve()
    })
  }
  return promise
}

function welcome(mediator: Mediator, settings: Settings): string {
  // Not from the settings: with port 0 only the running mediator knows its address.
  const publicUrl = mediator.invitationUrl.replace(/\/?\?.*$/, "")
  const facts = [
    ["listening", mediator.url],
    ["public URL", publicUrl],
    ["data", settings.server.data_dir],
    ["DID", mediator.did],
  ]
  const code = qrCode(mediator.invitationUrl, process.stdout.columns ?? 80)
  return [
    "",
    "restante is running.",
    "",
    table(facts.map(([term = "", fact = ""]) => [`  ${term}`, fact])),
    "",
    "Scan or paste this invitation in a wallet to use the mediator:",
    "",
    mediator.invitationUrl,
    "",
    code ?? `As a QR code it is wider than this terminal; ${mediator.url} shows it too.`,
    "",
    admissionSentence(settings),
    ...setupAdvice(mediator),
    ...addressAdvice(publicUrl, mediator.identusSafe),
    "Ctrl-C stops it.",
    "",
  ].join("\n")
}

function setupAdvice({ admin: { setup } }: Mediator): string[] {
  if (!setup) return []
  return [
    "",
    "There is no admin yet. Within half an hour, make the first one here:",
    "",
    setup.url,
    "",
    `The setup code is ${setup.code}; restante admin create works as well.`,
    "",
  ]
}
