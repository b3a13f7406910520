/** A server that does nothing: what HTTP, a socket and a Bun process cost by themselves. `bun bare.ts PORT` */

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  idleTimeout: 60,
  async fetch(request, server) {
    if (request.headers.get("upgrade") === "websocket") {
      return server.upgrade(request) ? undefined : new Response(null, { status: 400 })
    }
    if (request.method === "GET") return new Response("ok")
    await request.bytes()
    // `?answer=N`: the size of an answer, for exchanges that bring something back.
    const answer = Number(new URL(request.url).searchParams.get("answer") ?? 0)
    return answer > 0 ? new Response("x".repeat(answer)) : new Response(null, { status: 202 })
  },
  websocket: { idleTimeout: 0, message() {} },
})
