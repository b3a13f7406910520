import { expect, setDefaultTimeout, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../cli/run.ts"
import { mediator } from "../kit/mediator.ts"
import { browser } from "./desk.ts"

// Passwords are slow to hash on purpose, and each command is a process.
setDefaultTimeout(60_000)

const statusOf = async (reply: Promise<{ status: number }>) => (await reply).status

test("admins and tokens are made on the command line while the mediator runs, and count at once", async () => {
  await using m = await mediator()
  const file = join(m.folder, "password")
  const place = ["--data-dir", m.folder, "--port", new URL(m.url).port]
  const cli = (...args: string[]) => run([...args, ...place], { env: { RESTANTE_ADMIN_PASSWORD_FILE: file } })
  const setTo = (password: string) => writeFileSync(file, `${password}\n`, { mode: 0o600 })

  setTo("analytical engine")
  expect(await cli("admin", "create", "ada", "--json")).toMatchObject({
    exit: 0,
    stderr: "",
    stdout: '{\n  "name": "ada"\n}\n',
  })
  expect((await cli("admin", "create", "ada")).exit).toBe(73)
  const ada = browser(m.admin.url)
  expect(await ada.call("GET", "/setup")).toMatchObject({ body: { isOpen: false } })
  expect(await statusOf(ada.signIn())).toBe(200)

  setTo("difference engine")
  expect(await cli("admin", "password", "ada")).toMatchObject({ exit: 0, stderr: "" })
  expect(await statusOf(ada.call("GET", "/session"))).toBe(401)
  expect(await statusOf(ada.signIn("ada", "difference engine"))).toBe(200)
  expect((await cli("admin", "password", "eve")).exit).toBe(1)

  setTo("the second engine")
  expect((await cli("admin", "create", "bea")).exit).toBe(0)
  const list = async () => JSON.parse((await cli("admin", "list", "--json")).stdout).items
  const shown = { hasSecondFactor: false, createdAt: expect.any(Number) }
  expect(await list()).toEqual([
    { name: "ada", ...shown },
    { name: "bea", ...shown },
  ])
  expect((await cli("admin", "list")).stdout).toMatch(/^NAME .*\nada .*\nbea /)
  const bea = browser(m.admin.url)
  expect(await statusOf(bea.signIn("bea", "the second engine"))).toBe(200)
  expect(await cli("admin", "remove", "bea", "--json")).toMatchObject({ exit: 0, stdout: '{\n  "name": "bea"\n}\n' })
  expect(await statusOf(bea.call("GET", "/session"))).toBe(401)
  expect(await cli("admin", "remove", "bea")).toMatchObject({ exit: 1, stdout: "" })
  const last = await cli("admin", "remove", "ada")
  expect(last.exit).toBe(1)
  expect(last.stderr).toContain("The last admin cannot be removed.")
  expect(await list()).toHaveLength(1)

  const made = JSON.parse(
    (await cli("admin", "token", "create", "--name", "backup", "--scopes", "read,invites", "--expires", "1d", "--json"))
      .stdout,
  )
  expect(made).toMatchObject({ name: "backup", scopes: ["read", "invites"], lastUsedAt: null })
  expect(made.expiresAt - made.createdAt).toBe(86_400_000)
  const use = () => browser(m.admin.url).call("GET", "/invites", undefined, { authorization: `Bearer ${made.secret}` })
  expect(await statusOf(use())).toBe(200)
  const { items } = JSON.parse((await cli("admin", "token", "list", "--json")).stdout)
  expect(items.map(({ id }: { id: string }) => id)).toEqual([made.id])
  expect((await cli("admin", "token", "list")).stdout).toContain("read,invites")
  expect(await cli("admin", "token", "revoke", made.id)).toMatchObject({ exit: 0 })
  expect(await statusOf(use())).toBe(401)
  expect((await cli("admin", "token", "revoke", made.id)).exit).toBe(1)
})

test("without a terminal and without a file nobody is asked for a password, and bad names and scopes are refused", async () => {
  await using m = await mediator()
  const cli = (...args: string[]) => run([...args, "--data-dir", m.folder])
  const asked = await cli("admin", "create", "ada")
  expect(asked.exit).toBe(64)
  expect(asked.stderr).toContain("RESTANTE_ADMIN_PASSWORD_FILE")
  expect((await cli("admin", "create", "a b")).exit).toBe(64)
  expect((await cli("admin", "token", "create", "--name", "x", "--scopes", "everything")).exit).toBe(64)
  expect((await cli("admin", "token", "create")).exit).toBe(64)
})
