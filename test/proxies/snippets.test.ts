import { expect, test } from "bun:test"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run } from "../cli/run.ts"
import { snippet } from "./kit.ts"

const PUBLIC = ["--public-url", "https://mediator.example.org"]
const names = ["caddy", "nginx", "traefik", "cloudflared", "tailscale"]

const written = (text: string, name: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), "restante-proxy-")), name)
  writeFileSync(file, text)
  return file
}

test.each(names)("%s is told the name and where the mediator listens, and says what restante.toml needs", (name) => {
  const text = snippet(name, ...PUBLIC, "--port", "9000", "--host", "0.0.0.0")
  expect(text).toContain("mediator.example.org")
  expect(text).toContain("127.0.0.1:9000")
  const own = [...text.matchAll(/^# {3}(.*)$/gm)].map(([, line]) => line).join("\n")
  expect(Bun.TOML.parse(`[server]\n${own}`)).toEqual({
    server: { public_url: "https://mediator.example.org", trusted_proxies: ["127.0.0.1", "::1"] },
  })
})

test("what it says restante.toml needs is what restante takes", async () => {
  const own = [...snippet("nginx", ...PUBLIC).matchAll(/^# {3}(.*)$/gm)].map(([, line]) => line).join("\n")
  const config = written(`[server]\n${own}\n`, "restante.toml")
  expect(await run(["config", "check", "--config", config])).toMatchObject({ stderr: "", exit: 0 })
})

test("the traefik and cloudflared files are YAML with the mediator behind the name", () => {
  const traefik = Bun.YAML.parse(snippet("traefik", ...PUBLIC))
  expect(traefik).toMatchObject({
    http: {
      routers: { restante: { rule: "Host(`mediator.example.org`)", service: "restante" } },
      services: { restante: { loadBalancer: { servers: [{ url: "http://127.0.0.1:8080" }] } } },
    },
  })
  const cloudflared = Bun.YAML.parse(snippet("cloudflared", ...PUBLIC))
  expect(cloudflared).toMatchObject({
    ingress: [{ hostname: "mediator.example.org", service: "http://127.0.0.1:8080" }, { service: "http_status:404" }],
  })
})

test("the tailscale commands are a shell script", () => {
  const { stderr, exitCode } = Bun.spawnSync(["sh", "-n", written(snippet("tailscale", ...PUBLIC), "tailscale.sh")])
  expect([stderr.toString(), exitCode]).toEqual(["", 0])
})

test.skipIf(!Bun.which("caddy"))("caddy finds the file valid and well formatted", () => {
  const file = written(snippet("caddy", ...PUBLIC), "Caddyfile")
  const valid = Bun.spawnSync(["caddy", "validate", "--adapter", "caddyfile", "--config", file], { stderr: "pipe" })
  expect([valid.exitCode, valid.stderr.toString()]).toEqual([0, expect.not.stringMatching(/"level":"(warn|error)"/)])
  expect(Bun.spawnSync(["caddy", "fmt", file]).stdout.toString()).toBe(`${snippet("caddy", ...PUBLIC)}`)
})

test.each([[[]], [["--public-url", "http://mediator.example.org"]], [["--public-url", "https://localhost"]]])(
  "without an https address of the mediator's own it asks for one: %j",
  async (flags) => {
    const { stderr, exit } = await run(["proxy", "print", "nginx", ...flags])
    expect([exit, stderr]).toEqual([64, expect.stringContaining("--public-url https://mediator.example.org")])
  },
)

test("an admin address of its own is said not to come through the proxy", () => {
  expect(snippet("caddy", ...PUBLIC)).not.toContain("admin pages stay")
  expect(snippet("caddy", ...PUBLIC, "--admin-listen", "127.0.0.1:8081")).toContain(
    "The admin pages stay on 127.0.0.1:8081",
  )
})
