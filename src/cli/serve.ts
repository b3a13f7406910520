import { closeSync, openSync } from "node:fs"
import { resolve } from "node:path"
import { type Mediator, startMediator } from "../app/compose.ts"
import { systemClock } from "../base/clock.ts"
import { DEFAULT_FILE, type Loaded } from "../config/load.ts"
import { type Arguments, type Command, settingsOf, sourcesOf } from "./command.ts"
import { addressAdvice, admissionSentence, proxyAdvice, qrCode } from "./invitation.ts"
import { print, progress, table } from "./terminal.ts"

export const serveCommand: Command = {
  meta: { name: "serve", description: "Run the mediator until it is told to stop (Ctrl-C or SIGTERM)." },
  settings: true,
  async run(args) {
    // Listening for signals comes first: one that arrives during the start must not leave things half open.
    const signals = listenForSignals()
    while ((await serveOnce(args, signals)) === "again") {
      progress("Starting again, on what was restored.")
    }
    // Everything has ended by now: what still keeps the process alive has no claim to.
    systemClock.after(0, () => process.exit(0))
    return 0
  },
}

/** Runs the mediator until it is told to stop, or to start again. */
async function serveOnce(args: Arguments, signals: Signals): Promise<"stopped" | "again"> {
  let isDue = false
  signals.reload = () => {
    isDue = true
  }
  const loaded = settingsOf(args)
  const mediator = await startMediator(loaded, { sources: sourcesOf(args) })
  signals.reload = mediator.reload
  // What changed during the start may have been read before that.
  if (isDue) mediator.reload()
  if (process.stdout.isTTY) print(welcome(mediator, loaded))
  const next = await Promise.race([
    signals.stop.then(() => "stopped" as const),
    mediator.restartWanted.then(() => "again" as const),
  ])
  if (next === "stopped") progress("Stopping; press Ctrl-C again to stop at once.")
  signals.reload = () => {}
  await mediator[Symbol.asyncDispose]()
  return next
}

type Signals = { readonly stop: Promise<void>; reload: () => void }

/** `stop` resolves with the first signal to stop, and the second ends the process at once; SIGHUP does what `reload` is by then. */
function listenForSignals(): Signals {
  const { promise, resolve } = Promise.withResolvers<void>()
  const signals = { stop: promise, reload: () => {} }
  let stopping = false
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      resolve()
    })
  }
  const isOnTerminal = process.stdin.isTTY === true
  process.on("SIGHUP", () => {
    if (isOnTerminal && !hasTerminal()) resolve()
    else signals.reload()
  })
  return signals
}

/** Not any more once its window was closed, which sends SIGHUP as well. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"))
    return true
  } catch {
    return false
  }
}

function welcome(mediator: Mediator, { settings, file }: Loaded): string {
  // Not from the settings: with port 0 only the running mediator knows its address.
  const publicUrl = mediator.invitationUrl.replace(/\/?\?.*$/, "")
  const facts = [
    ["listening", mediator.url],
    ["public URL", publicUrl],
    ["data", resolve(settings.server.data_dir)],
    ["settings", file ?? `defaults and flags; ${DEFAULT_FILE} is written by restante init`],
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
    ...addressAdvice(publicUrl, mediator.identusSafe),
    ...proxyAdvice(settings),
    ...setupAdvice(mediator),
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
