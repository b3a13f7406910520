import { expect, test } from "bun:test"
import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { environment as ofServices } from "../../src/cli/unit.ts"
import { run } from "../cli/run.ts"
import { executable } from "../kit/executable.ts"
import { archiveOf, targets } from "./targets.ts"

const root = join(import.meta.dir, "../..")
const dockerfile = await Bun.file(join(root, "Dockerfile")).text()
const compose = Bun.YAML.parse(await Bun.file(join(root, "compose.yaml")).text()) as {
  services: { restante: { image: string; environment: Record<string, string>; networks: string[] }; caddy: object }
  networks: { front: { ipam: { config: { subnet: string }[] } } }
}
const { restante } = compose.services

/** The variables that the image sets. */
const environment = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.*)$/gm)]
    .flatMap(([, line = ""]) => [...line.matchAll(/(\S+?)=(\S+)/g)])
    .map(([, name = "", value = ""]) => [name, value]),
)

test("the image is made of archives that a release has, at its version", () => {
  const version = /^ARG VERSION=(.*)$/m.exec(dockerfile)?.[1] ?? ""
  const added = [...dockerfile.matchAll(/^ADD dist\/release\/(\S+)/gm)].map(([, name = ""]) =>
    name.replace(/\$\{VERSION\}/, version),
  )
  const released = targets.map(archiveOf)
  expect(added.length).toBe(2)
  for (const name of added) expect(released).toContain(name as (typeof released)[number])
  expect(restante.image).toBe(`restante:${manifest.version}`)
})

test("it runs as somebody who is not root, and its health check is a command that works", async () => {
  expect(dockerfile.indexOf("\nUSER restante\n")).toBeLessThan(dockerfile.indexOf("\nENTRYPOINT "))
  const check: string[] = JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]")
  expect(check.slice(0, 3)).toEqual(["restante", "health", "--url"])
  expect(check[3]).toBe(`http://127.0.0.1:${environment.RESTANTE_SERVER_PORT}`)
  await using m = await executable()
  expect(await run(["health", "--url", m.url])).toMatchObject({ exit: 0 })
})

test("it keeps memory as small as a service does", () => {
  expect(environment).toMatchObject(ofServices)
})

test("the settings of the image and of compose.yaml are ones that the mediator takes", async () => {
  const given = Object.entries(restante.environment).map(([name, value]) => [
    name,
    value.replace(/\$\{DOMAIN.*\}/, "m.example.org"),
  ])
  const { stdout, exit } = await run(["config", "show", "--json"], {
    env: { ...environment, ...Object.fromEntries(given) },
  })
  expect(exit).toBe(0)
  const values = Object.fromEntries(
    (JSON.parse(stdout).settings as { key: string; value: unknown }[]).map(({ key, value }) => [key, value]),
  )
  expect(values).toMatchObject({
    "server.host": "0.0.0.0",
    "server.data_dir": "/data",
    "server.public_url": "https://m.example.org",
    "server.trusted_proxies": compose.networks.front.ipam.config.map(({ subnet }) => subnet),
    // A stranger on the internet never gets a mailbox by default.
    "admission.mode": "approval",
  })
})
