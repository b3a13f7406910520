/** The pages' commands: each block is run here word for word, or is run by another test that `elsewhere` names. */

import { afterAll, beforeAll, expect, test } from "bun:test"
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { restante } from "../src/cli/program.ts"
import { home } from "./cli/home.ts"
import { emptyFolder } from "./cli/run.ts"
import { type Executable, executable } from "./kit/executable.ts"

const root = join(import.meta.dir, "..")
const pages = ["README.md", ...new Bun.Glob("docs/*.md").scanSync(root)].sort()
const textOf = (page: string) => Bun.file(join(root, page)).text()

/** A block of commands, and what the page says that it prints. */
type Block = { readonly page: string; readonly commands: string; readonly printed: string | null }

const blocks: Block[] = []
for (const page of pages) {
  for (const [, commands = "", printed] of (await textOf(page)).matchAll(/```sh\n(.*?)```\n+(?:```text\n(.*?)```)?/gs))
    blocks.push({ page, commands, printed: printed ?? null })
}

/** What cannot be run here: how the block begins, why not, and the test that tries it otherwise. */
const elsewhere = [
  ["README.md", "npx -y bun@1.4.5 run ", "installs packages", "readme.test.ts"],
  ["docs/install.md", "curl -fLO https://downloads", "downloads and installs as root", "install/system.test.ts"],
  ["docs/install.md", "sudo -u restante restante admin create", "needs the system's user", "admin/command.test.ts"],
  ["docs/install.md", "sudo mv /usr/local/bin/restante.previous", "changes the system", "install/system.test.ts"],
  ["docs/install.md", "sudo restante service install", "needs systemd", "cli/service.test.ts"],
  ["docs/install.md", "npx -y bun@1.4.5 run release linux-x64", "needs Docker", "release/container.test.ts"],
  ["docs/install.md", "sha256sum --ignore-missing", "needs a release's archives", "release/release.test.ts"],
  ["docs/install.md", "npx -y bun@1.4.5 run release --base-url", "takes minutes", "release/release.test.ts"],
  ["docs/notifications.md", "restante registration notify DID", "DID, URL and FILE are yours", "cli/notify.test.ts"],
  ["docs/operating.md", "restante did export --out", "asks for a passphrase", "cli/did.test.ts"],
  ["docs/backup.md", "sudo systemctl stop", "needs systemd, and asks", "cli/backup.test.ts"],
] as const

const isElsewhere = ({ page, commands }: Block) =>
  elsewhere.some(([named, beginning]) => named === page && commands.startsWith(beginning))

const HOUR = 3_600_000
const DAY = 24 * HOUR

let mediator: Executable
let cwd: string
let bin: string

beforeAll(async () => {
  mediator = await executable()
  cwd = emptyFolder()
  bin = join(cwd, "bin")
  for (const name of ["bin", "home"]) mkdirSync(join(cwd, name))
  symlinkSync(mediator.program, join(bin, "restante"))
  // There may be other mediators on the machine; the page's reader has this one.
  writeFileSync(join(bin, "pidof"), `#!/bin/sh\necho ${mediator.pid()}\n`, { mode: 0o755 })
  const { hostname, port } = new URL(mediator.url)
  writeFileSync(
    join(cwd, "restante.toml"),
    `[server]\nhost = "${hostname}"\nport = ${port}\npublic_url = "${mediator.url}"\ndata_dir = "${mediator.dataDir}"\n`,
  )
  writeFileSync(join(cwd, "password"), "correct horse battery staple\n", { mode: 0o600 })
}, 60_000)

afterAll(async () => {
  await mediator[Symbol.asyncDispose]()
  rmSync(cwd, { recursive: true, force: true })
})

/** Where the pages say things are, and where they are here. */
const places = (text: string): string =>
  text.replaceAll("/tmp/rehearsal", join(cwd, "rehearsal")).replaceAll("/var/lib/restante", mediator.dataDir)

async function shell(commands: string) {
  const child = Bun.spawn(["sh", "-euc", places(commands)], {
    cwd,
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      HOME: join(cwd, "home"),
      // Where a person would be asked.
      RESTANTE_ADMIN_PASSWORD_FILE: join(cwd, "password"),
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { stdout, exit, complaint: exit === 0 ? null : stderr }
}

/** The people of docs/operating.md, as the page finds them. */
async function people(): Promise<void> {
  const here = await home({ cwd, dataDir: mediator.dataDir })
  await here.registered("did:web:bert.example", "pending", { ago: 5 * HOUR })
  await here.registered("did:web:anna.example", "pending", { ago: 2 * HOUR })
  for (const name of ["clara", "dora"]) await here.registered(`did:web:${name}.example`, "approved", { ago: 20 * DAY })
  await here.deliver("did:web:clara.example", 4, { ago: 6 * DAY })
  await here.deliver("did:web:clara.example", 2, { ago: HOUR })
  await here.seed(async ({ store }) => {
    const invite = {
      id: "4f0d9a52-6c1b-4e7e-9d3a-0b8a1c2d3e4f",
      label: "neighbour",
      uses: 1,
      expiresAt: null,
      createdAt: Date.now() - DAY,
      overrides: { maxMessages: null, maxBytes: null },
    }
    await store.createInvite({ invite, audit: { actor: "cli", action: "invite.create", subject: invite.id } })
  })
}

/** The backups that docs/backup.md names. */
async function backups(): Promise<void> {
  expect(await shell("restante backup")).toMatchObject({ exit: 0, complaint: null })
  const folder = join(mediator.dataDir, "backups")
  const [made = ""] = readdirSync(folder).filter((name) => name.endsWith(".tar"))
  for (const time of ["031500", "081530"]) cpSync(join(folder, made), join(folder, `restante-20261122-${time}.tar`))
}

const before: Readonly<Record<string, () => Promise<unknown>>> = {
  "docs/operating.md": people,
  "docs/backup.md": backups,
  // The last admin cannot be removed, and ada is about to be.
  "docs/admin-api.md": () => shell("restante admin create grace"),
}

/** Pages whose printed lines are what these people would see; elsewhere they are examples. */
const exact: ReadonlySet<string> = new Set(["docs/operating.md"])

/** Lines and their cells, without what differs each time: ids that were drawn, and how many seconds ago something was. */
const lasting = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) =>
      line
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")
        .replace(/\b\d+s ago/, "now")
        .split(/\s{2,}/),
    )

const here = blocks.filter((block) => !isElsewhere(block))

test.each([...new Set(here.map(({ page }) => page))])(
  "%s, followed to the letter, works",
  async (page) => {
    await before[page]?.()
    for (const { commands, printed } of here.filter((block) => block.page === page)) {
      const { stdout, ...rest } = await shell(commands)
      expect({ commands, ...rest }).toEqual({ commands, exit: 0, complaint: null })
      if (printed !== null && exact.has(page)) expect(lasting(stdout)).toEqual(lasting(printed))
    }
  },
  120_000,
)

test("README.md names every command, and each command below it", async () => {
  const rows = (await textOf("README.md")).split("\n").filter((line) => line.startsWith("| `restante "))
  const missing: string[] = []
  for (const [name, { subCommands = {} }] of Object.entries(restante.subCommands ?? {})) {
    const row = rows.find((line) => new RegExp(`\`restante ${name}\\b`).test(line))
    const lacking = Object.keys(subCommands).filter((below) => !new RegExp(`[\` ]${below}\``).test(row ?? ""))
    if (row === undefined || lacking.length > 0) missing.push(`${name}: ${lacking.join(", ")}`)
  }
  expect(missing).toEqual([])
})

test("what is tried elsewhere is on its page, and that test is there", async () => {
  for (const [page, beginning, , file] of elsewhere) {
    expect([page, beginning, blocks.some((one) => one.page === page && one.commands.startsWith(beginning))]).toEqual([
      page,
      beginning,
      true,
    ])
    expect([file, await Bun.file(join(root, "test", file)).exists()]).toEqual([file, true])
  }
})

test("commands on the pages are in blocks that are tried", async () => {
  const loose: string[] = []
  for (const page of pages.filter((name) => name !== "README.md")) {
    const rest = (await textOf(page)).replace(/```(sh|ts|json[ \w]*|toml)\n.*?```/gs, "")
    for (const [line] of rest.matchAll(/^ *(?:restante|sudo|curl|npx|bun|docker|systemctl|sh) .*$/gm)) {
      // Prose that begins a line with the program's name has no flag, no path and no indentation.
      if (/^ {4}|\s--?\w| \//.test(line)) loose.push(`${page}: ${line.trim()}`)
    }
  }
  expect(loose).toEqual([])
})
