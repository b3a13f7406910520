import { Fault } from "../faults.ts"
import { notes } from "./terminal.ts"

// What a terminal sends for Enter and Ctrl-D, for Backspace, and for Ctrl-C.
const [ENTER, DELETE, STOP] = [["\r", "\n", "\x04"], ["\x7f", "\b"], "\x03"]

/** A new password: the one in the settings, else asked for twice on a terminal. Throws Fault("usage"). */
export async function newPassword(settings: { readonly admin: { readonly password: string } }): Promise<string> {
  if (settings.admin.password !== "") return settings.admin.password
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new Fault("usage", {
      detail: "nobody can be asked for a password here: name a file with it in RESTANTE_ADMIN_PASSWORD_FILE",
    })
  }
  return askTwice("New password (12 characters or more): ")
}

/** What is typed twice the same. */
export async function askTwice(question: string): Promise<string> {
  for (;;) {
    const typed = await ask(question)
    if (typed === (await ask("Once more: "))) return typed
    notes.warn("These were two different ones.")
  }
}

/** What is typed until Enter, without showing it. */
export function ask(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding("utf8")
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let typed: string[] = []
  const read = (text: string) => {
    for (const sign of text) {
      if (sign === STOP) reject(new Fault("usage", { detail: "nothing was changed" }))
      else if (ENTER.includes(sign)) resolve(typed.join(""))
      else if (DELETE.includes(sign)) typed = typed.slice(0, -1)
      else typed.push(sign)
    }
  }
  stdin.on("data", read)
  stdin.resume()
  return promise.finally(() => {
    stdin.off("data", read)
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write("\n")
  })
}
