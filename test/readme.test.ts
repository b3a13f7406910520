import { expect, test } from "bun:test"
import { cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dir, "..")
const readme = await Bun.file(join(root, "README.md")).text()
const commands = [...readme.matchAll(/```sh\n(.*?)\n```/gs)].map(([, text = ""]) => text)

/** The project as somebody who clones it has it: what is tracked or would be, nothing that was installed or built. */
async function freshCopy() {
  const folder = await mkdtemp(join(tmpdir(), "restante-readme-"))
  const listed = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
  for (const file of listed.stdout.toString().trim().split("\n")) {
    if (!(await Bun.file(join(root, file)).exists())) continue
    await cp(join(root, file), join(folder, file), { recursive: true })
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Runs a command of the README with more flags behind it, until its mediator is ready; gives its address. */
async function serve(command: string, folder: string, port: number) {
  // The suite's own variables are no settings, and would be refused as such.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("RESTANTE_")))
  const child = Bun.spawn(["sh", "-c", `exec ${command} --port ${port}`], {
    cwd: folder,
    env,
    stdout: "ignore",
    stderr: "pipe",
    detached: true,
  })
  const url = `http://localhost:${port}`
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  for (let tries = 0; tries < 600 && child.exitCode === null && !(await isReady()); tries++) await Bun.sleep(100)
  if (!(await isReady())) throw new Error(`${command} serves nothing:\n${await new Response(child.stderr).text()}`)
  return {
    url,
    // npx, bun and the mediator are one process group.
    [Symbol.asyncDispose]: async () => {
      process.kill(-child.pid, "SIGTERM")
      await child.exited
    },
  }
}

const freePort = () => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}

test("the README's first command serves a mediator from a fresh copy", async () => {
  await using copy = await freshCopy()
  await using served = await serve(commands[0] ?? "", copy.folder, freePort())
  const page = await (await fetch(served.url)).text()
  expect(page).toContain(await (await fetch(`${served.url}/did`)).text())
  expect(await Bun.file(join(copy.folder, "restante-data", "identity.json")).exists()).toBe(true)
})

test("the README's flags are ones that the mediator knows", () => {
  const flags = [...readme.matchAll(/(?<=[\s`(])--[a-z][a-z-]+/g)].map(([flag]) => flag)
  const { stdout } = Bun.spawnSync([process.execPath, join(root, "src/main.ts"), "serve", "--help"])
  const help = stdout.toString()
  expect(flags.length).toBeGreaterThan(3)
  for (const flag of flags.filter((flag) => flag !== "--help")) expect(help).toContain(flag)
})

test("the gate runs the README's test command", async () => {
  const gate = await Bun.file(join(root, ".ci/run")).text()
  const { scripts } = await Bun.file(join(root, "package.json")).json()
  expect(commands).toContain("npx -y bun@1.4.5 run test")
  expect(gate).toContain('bun() { npx --yes bun@1.4.5 "$@"; }')
  expect(gate).toMatch(/^bun run test$/m)
  for (const command of commands) {
    for (const [, script = ""] of command.matchAll(/bun@1\.4\.5 run (\w+)/g)) expect(scripts).toHaveProperty(script)
  }
})
