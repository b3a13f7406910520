/** The same request by another method, without its body. Bun can copy none whose URL is only a path, for want of a Host header. */
export function withMethod(method: string, { url, headers }: Request): Request {
  const whole = URL.canParse(url) ? url : `http://localhost${url.startsWith("/") ? url : "/"}`
  return new Request(whole, { method, headers })
}
