import { choice, count, KiB, MiB, networks, size, text, webAddress } from "../kinds.ts"
import { derived, setting } from "../setting.ts"

export const server = {
  host: setting(
    text("a host name or an IP address without brackets", /^[\w.:%-]+$/),
    "127.0.0.1",
    "The address to listen on; 0.0.0.0 or :: for every address of this machine.",
  ),
  port: setting(count(0, 65_535), 8080, "The port to listen on; 0 takes any free one."),
  tls: setting(
    choice(["off", "files"]),
    "off",
    "Whether https and wss are spoken, with the certificate in two files; off is for a proxy that does so.",
  ),
  tls_cert: setting(
    text("the path of a file, or empty", /^[^\0\r\n]*$/),
    "",
    "The certificate, PEM, with its chain behind it; a renewed one is taken without a restart.",
  ),
  tls_key: setting(
    text("the path of a file, or empty", /^[^\0\r\n]*$/),
    "",
    "The certificate's private key, PEM; nobody else should be able to read it.",
  ),
  public_url: derived(
    webAddress,
    {
      says: "http://localhost:<port>, or https with tls",
      from: ({ server }) => `${server.tls === "off" ? "http" : "https"}://localhost:${server.port}`,
    },
    "The address under which wallets reach this mediator; it becomes part of the mediator's DIDs.",
  ),
  data_dir: setting(
    text("the path of a folder", /^[^\0\r\n]+$/),
    "restante-data",
    "The folder that holds the identity and the database; created with access for its owner only.",
  ),
  max_body: setting(size(KiB), MiB, "The largest request or WebSocket frame that is read."),
  max_connections: setting(count(1, 1_000_000), 10_000, "How many connections may be open at the same time."),
  trusted_proxies: setting(
    networks,
    [],
    "The proxies in front of the mediator, whose word on a client's address (X-Forwarded-For) is taken.",
  ),
}
