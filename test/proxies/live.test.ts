import { expect, setDefaultTimeout, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pickup3 } from "../kit/mediator.ts"
import { createResident, encrypted } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { certificate, NAME, PASSWORD, proxied } from "./kit.ts"

setDefaultTimeout(60_000)

/** nginx as it would be started, with its snippet included; paths that only root may use are in the folder. */
function nginx(printed: string, folder: string): readonly string[] {
  const { cert, key } = certificate(folder)
  for (const name of ["body", "proxy"]) mkdirSync(join(folder, name), { mode: 0o777 })
  const own = printed
    .replace(/ssl_certificate .*;/, `ssl_certificate ${cert};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
  writeFileSync(join(folder, "restante.conf"), own)
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
     events {}
     http { access_log off; client_body_temp_path body; proxy_temp_path proxy; include restante.conf; }`,
  )
  return ["nginx", "-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]
}

/** Caddy with certificates of its own making instead of Let's Encrypt's. Nothing listens on its port for http. */
function caddy(printed: string, folder: string, port: number): readonly string[] {
  const local = `{
  admin off
  local_certs
  skip_install_trust
  auto_https disable_redirects
  http_port ${port - 1}
}
`
  writeFileSync(join(folder, "Caddyfile"), local + printed)
  return ["caddy", "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")]
}

const proxies = [
  ["nginx", nginx],
  ["caddy", caddy],
] as const

for (const [name, start] of proxies) {
  if (!Bun.which(name)) console.warn(`${name} is not here: what passes through it is not tested.`)
  const through = test.skipIf(!Bun.which(name))

  through(`${name}: a wallet gets answers over https and over a WebSocket`, async () => {
    await using proxy = await proxied(name, ["--admission-mode", "open"], start)
    expect((await proxy.ask("/did")).text.trim()).toBe(proxy.did)
    const who = createResident()
    const ping = who.plaintext(
      { type: "https://didcomm.org/trust-ping/2.0/ping", return_route: "all", body: { response_requested: true } },
      proxy.did,
    )
    const letter = await who.auth(ping, proxy.did)
    const posted = await proxy.ask("/", { curl: ["-H", `Content-Type: ${encrypted}`, "--data-binary", letter] })
    expect((await who.open(posted.text)).type).toBe("https://didcomm.org/trust-ping/2.0/ping-response")

    const socket = await openSocket(
      { wsUrl: `wss://127.0.0.1:${proxy.port}/ws`, did: proxy.did },
      { headers: { Host: `${NAME}:${proxy.port}` }, tls: { serverName: NAME, rejectUnauthorized: false } },
    )
    await socket.say(who, { type: `${pickup3}/status-request`, return_route: "all" })
    expect((await who.open(await socket.next(20_000))).type).toMatch(/status$|problem-report$/)
  })

  through(`${name}: limits count the client's own address, and nobody can write himself another`, async () => {
    const limits = ["--limits-per-address", "1", "--limits-burst", "5s"]
    await using proxy = await proxied(name, limits, start)
    const statuses: number[] = []
    const forged = ["-H", "X-Forwarded-For: 127.0.0.9"]
    for (let times = 0; times < 12; times++) {
      statuses.push((await proxy.ask("/did", { from: "127.0.0.5", curl: times % 2 === 0 ? forged : [] })).status)
    }
    expect(statuses).toContain(429)
    expect((await proxy.ask("/did", { from: "127.0.0.6" })).status).toBe(200)
    expect((await proxy.ask("/did", { from: "127.0.0.9" })).status).toBe(200)
  })

  through(`${name}: an admin signs in with a cookie for https only, from the right origin only`, async () => {
    await using proxy = await proxied(name, [], start)
    const signIn = (origin: string) =>
      proxy.ask("/admin/api/session", {
        curl: [
          ...["-H", "Content-Type: application/json", "-H", `Origin: ${origin}`, "-H", "Sec-Fetch-Site: same-origin"],
          ...["--data-binary", JSON.stringify({ name: "admin", password: PASSWORD })],
        ],
      })
    expect((await signIn("https://elsewhere.test")).status).toBe(403)
    const { status, head, text } = await signIn(proxy.publicUrl)
    expect([status, text]).toEqual([200, expect.stringContaining("csrf")])
    expect(head).toMatch(/^set-cookie: __Host-restante=.*Secure/im)
  })

  through(`${name}: a body that is too large is refused as such, one that is not is read`, async () => {
    await using proxy = await proxied(name, ["--max-body", "64 KiB"], start)
    const posting = (bytes: number) => ["-H", `Content-Type: ${encrypted}`, "--data-binary", "x".repeat(bytes)]
    expect((await proxy.ask("/", { curl: posting(60_000) })).status).toBe(400)
    expect((await proxy.ask("/", { curl: posting(70_000) })).status).toBe(413)
  })
}
