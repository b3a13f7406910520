import { isLoopback } from "../config/loopback.ts"
import type { Settings } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { type Arguments, type Command, settingsOf } from "./command.ts"
import { type ProxyName, snippets } from "./proxy-snippets.ts"
import { print } from "./terminal.ts"

const EVERYWHERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }

const printFor = (name: ProxyName): Command => ({
  meta: { name, description: `What ${name} must be told to stand in front of this mediator.` },
  settings: true,
  run: async (args: Arguments) => {
    print(snippetFor(name, settingsOf(args).settings))
    return 0
  },
})

function snippetFor(proxy: ProxyName, { server, admin }: Settings): string {
  const { protocol, hostname, port } = new URL(server.public_url)
  if (protocol !== "https:" || isLoopback(server.public_url)) {
    const detail = `${server.public_url} needs no proxy; say what wallets are to use: --public-url https://mediator.example.org`
    throw new Fault("usage", { detail })
  }
  if (server.tls !== "off") {
    throw new Fault("usage", { detail: "the mediator speaks https itself (server.tls) and needs no proxy" })
  }
  const host = EVERYWHERE[server.host] ?? (server.host.includes(":") ? `[${server.host}]` : server.host)
  const site = {
    name: hostname,
    port: Number(port || 443),
    upstream: `${host}:${server.port}`,
    maxBody: server.max_body,
  }
  return [
    "# restante.toml must say, below [server], for a proxy on the same machine:",
    `#   public_url = "${server.public_url}"`,
    '#   trusted_proxies = ["127.0.0.1", "::1"]',
    ...(admin.listen === "" ? [] : [`# The admin pages stay on ${admin.listen}: they do not come through this.`]),
    snippets[proxy](site),
  ].join("\n")
}

export const proxyCommand: Command = {
  meta: { name: "proxy", description: "What to tell a reverse proxy, such as nginx, that stands in front." },
  subCommands: {
    print: {
      meta: { name: "print", description: "Print the configuration of a proxy for this mediator's settings." },
      subCommands: {
        caddy: printFor("caddy"),
        nginx: printFor("nginx"),
        traefik: printFor("traefik"),
        cloudflared: printFor("cloudflared"),
        tailscale: printFor("tailscale"),
      },
    },
  },
}
