import { expect, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { createFetcher } from "../../src/did/fetch.ts"

const fetcher = createFetcher({ policy: "any", clock: systemClock })

function socketServer() {
  const messages: string[] = []
  const { promise: closed, resolve } = Promise.withResolvers<number>()
  const server = Bun.serve({
    port: 0,
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no socket here", { status: 400 })),
    websocket: {
      message: (_, message) => void messages.push(String(message)),
      close: (_, code) => resolve(code),
    },
  })
  return { server, messages, closed }
}

test.each([5, 125, 126, 65_535, 65_536, 300_000])(
  "a message of %d bytes arrives whole, and the socket is closed",
  async (size) => {
    const { server, messages, closed } = socketServer()
    const text = "é".repeat(size >> 1) + "x".repeat(size % 2)
    expect(await fetcher.push(`ws://localhost:${server.port}/`, text)).toMatchObject({ status: 101 })
    expect(await closed).toBe(1000)
    expect(messages).toEqual([text])
    await server.stop(true)
  },
)

test("a server that speaks no WebSocket is seen by its status", async () => {
  await using server = Bun.serve({ port: 0, fetch: () => new Response("", { status: 404 }) })
  expect(await fetcher.push(`ws://localhost:${server.port}/`, "hello")).toMatchObject({ status: 404 })
})

test("an answer that does not prove it understood the handshake is not trusted", async () => {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
      },
    },
  })
  await expect(fetcher.push(`ws://127.0.0.1:${server.port}/`, "hello")).rejects.toMatchObject({
    code: "outbound.failed",
  })
  server.stop(true)
})

test("private addresses and plain ws are refused under the public policy", async () => {
  const guarded = createFetcher({ policy: "public", clock: systemClock })
  for (const url of ["ws://example.com/", "wss://127.0.0.1/", "wss://localhost/", "wss://[::1]/"]) {
    await expect(guarded.push(url, "hello")).rejects.toMatchObject({ code: "outbound.refused" })
  }
})
