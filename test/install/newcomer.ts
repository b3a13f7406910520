/**
 * A newcomer's walk, timed: on a machine that has never seen restante, the commands of docs/install.md word for word, until a
 * wallet has got its first letter. `bun test/install/newcomer.ts [--release FOLDER]`; FOLDER is what `bun run release linux-x64`
 * made, and is made anew otherwise, which takes minutes. It needs root, for a mount namespace, and the port 8080.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { ask, post } from "../kit/asking.ts"
import { coordination3, pickup3 } from "../kit/protocols.ts"
import { createResident, type Resident } from "../kit/resident.ts"
import { release } from "../release/run.ts"
import { type World, webServer, world } from "./world.ts"

const page = readFileSync(new URL("../../docs/install.md", import.meta.url), "utf8")
const [onMachine = "", firstAdmin = ""] = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, commands = ""]) => commands)

/** Where the page says that the release is. */
const PLACE = /https:\/\/downloads\.example\.org\/restante\/[\d.]+/g
const URL_HERE = "http://127.0.0.1:8080"
const PASSWORD = "correct horse battery staple"

/** There is none on every machine that this runs on, and here everybody is root. */
const sudo = `if [ "$1" = -u ]; then
  user="$2"; shift 2
  exec /usr/bin/setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
fi
exec "$@"`

const steps: { readonly what: string; readonly seconds: number }[] = []

async function step<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const outcome = await act()
  const seconds = (performance.now() - began) / 1000
  steps.push({ what, seconds })
  process.stdout.write(`${seconds.toFixed(1).padStart(6)} s  ${what}\n`)
  return outcome
}

/** What a command prints, given what somebody types where it asks. Throws unless it succeeds. */
async function shell(machine: World, commands: string, typed: readonly string[] = []): Promise<string> {
  const line = ["sh", "-euc", `PATH=$PATH:/usr/local/bin\n${commands}`]
  const { stdout, stderr, exit } = await machine.run(typed.length > 0 ? attended(line, typed) : line, "root")
  if (exit !== 0) throw new Error(`${commands} ended with ${exit}:\n${stdout}${stderr}`)
  return stdout
}

/** The command in a terminal, at which each line takes a second to type. */
function attended(line: readonly string[], typed: readonly string[]): readonly string[] {
  const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
  const typing = typed.map((words) => `/usr/bin/sleep 1; printf '%s\\r' ${quote(words)}`).join("; ")
  return [
    "sh",
    "-c",
    `{ ${typing}; /usr/bin/sleep 1; } | /usr/bin/script -qec ${quote(line.map(quote).join(" "))} /dev/null`,
  ]
}

/** The mediator, run as install.sh says where there is no systemd. */
function serve(machine: World, command: string) {
  const ended = shell(machine, `sudo -u restante ${command} & echo $! > /run/pid; wait`)
  return {
    ended,
    async [Symbol.asyncDispose]() {
      process.kill(Number(readFileSync(machine.at("run/pid"), "utf8")), "SIGTERM")
      await ended.catch(() => {})
    },
  }
}

async function ready(): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (await isServed()) return
    await Bun.sleep(20)
  }
  throw new Error("the mediator was not ready within half a minute")
}

const isServed = () =>
  fetch(`${URL_HERE}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

/** A letter to the wallet by an anonymous forward, fetched, opened and acknowledged. */
async function firstLetter(wallet: Resident, place: { url: string; did: string }): Promise<unknown> {
  const sender = createResident()
  const letter = { type: "https://didcomm.org/basicmessage/2.0/message", body: { content: "Welcome!" } }
  const sealed = JSON.parse(await sender.auth(sender.plaintext(letter, wallet.did), wallet.did))
  const attachments = [{ id: "1", media_type: "application/didcomm-encrypted+json", data: { json: sealed } }]
  const { from: _, ...forward } = sender.plaintext(
    { type: "https://didcomm.org/routing/2.0/forward", body: { next: wallet.did }, attachments },
    place.did,
  )
  const { status } = await post(place.url, await sender.anon(forward, place.did))
  if (status !== 202) throw new Error(`the forward was answered with ${status}`)
  const { attachments: [got] = [] } = (await ask(place, wallet, {
    type: `${pickup3}/delivery-request`,
    body: { limit: 1 },
  })) as { attachments?: { id: string; data: { base64: string } }[] }
  await ask(place, wallet, { type: `${pickup3}/messages-received`, body: { message_id_list: [got?.id] } })
  return (await wallet.open(Buffer.from(got?.data.base64 ?? "", "base64url").toString())).body.content
}

async function walk(folder: string): Promise<void> {
  if (await isServed()) throw new Error(`something serves at ${URL_HERE} already`)
  await using server = await webServer(folder)
  const installer = join(folder, "install.sh")
  await Bun.write(installer, (await Bun.file(installer).text()).replace(/^BASE_URL=.*$/m, `BASE_URL="${server.url}"`))
  using machine = world({ has: { sudo } })

  let printed = ""
  for (const line of onMachine.replace(PLACE, server.url).trim().split("\n"))
    printed = await step(line, () => shell(machine, line))
  const command = /^ {2}(\S*restante serve .*)$/m.exec(printed)?.[1]
  if (command === undefined) throw new Error(`install.sh does not say what to run:\n${printed}`)
  await step(firstAdmin.trim(), () => shell(machine, firstAdmin, [PASSWORD, PASSWORD]))
  const running = serve(machine, command)
  await using _ = running
  await step(`${command}, until it is ready`, () => Promise.race([ready(), running.ended]))

  const place = { url: URL_HERE, did: (await (await fetch(`${URL_HERE}/did`)).text()).split("\n")[0] ?? "" }
  const wallet = createResident()
  const request = () => ask(place, wallet, { type: `${coordination3}/mediate-request` })
  const operator = (words: string) => shell(machine, `cd /etc/restante\nsudo -u restante restante ${words}`)
  await step("a wallet asks for a mailbox", request)
  const waiting = await step("restante registration list --state pending", () =>
    operator("registration list --state pending"),
  )
  if (!waiting.includes("pending")) throw new Error(`nobody waits:\n${waiting}`)
  await step("restante registration approve DID", () => operator(`registration approve ${wallet.did}`))
  await step("the wallet gets its mailbox, and registers its DID", async () => {
    const { type } = await request()
    if (!type.endsWith("/mediate-grant")) throw new Error(`not granted: ${type}`)
    const updates = [{ recipient_did: wallet.did, action: "add" }]
    await ask(place, wallet, { type: `${coordination3}/recipient-update`, body: { updates } })
  })
  const content = await step("its first letter is sent, fetched and acknowledged", () => firstLetter(wallet, place))
  if (content !== "Welcome!") throw new Error(`the letter says ${content}`)
  const all = steps.reduce((sum, { seconds }) => sum + seconds, 0)
  process.stdout.write(`${all.toFixed(1).padStart(6)} s  in all, three seconds of it to type the password\n`)
}

const { values } = parseArgs({ options: { release: { type: "string" } } })
const folder = mkdtempSync(join(tmpdir(), "restante-newcomer-"))
try {
  if (values.release !== undefined) cpSync(values.release, folder, { recursive: true })
  else await release(folder, { wanted: ["linux-x64"], commit: "", time: 1, baseUrl: "" })
  await walk(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
