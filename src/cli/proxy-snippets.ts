/** What a reverse proxy must be told: https and WebSockets on one name, no buffering, the client's real address. */

export type Site = {
  /** What wallets call it, such as mediator.example.org. */
  readonly name: string
  /** The port that wallets connect to, mostly 443. */
  readonly port: number
  /** Where restante listens: host:port. */
  readonly upstream: string
  /** The largest body that restante reads, in bytes. */
  readonly maxBody: number
}

/** Each proxy's file or commands, without the remarks that they share. */
export const snippets = {
  caddy: ({ name, port, upstream }: Site) => `
# /etc/caddy/Caddyfile. Caddy gets the certificate by itself, and passes WebSockets and the client's address on.
${name}${port === 443 ? "" : `:${port}`} {
	reverse_proxy ${upstream} {
		# What the admin pages show live must not wait in a buffer.
		flush_interval -1
	}
}
`,

  nginx: ({ name, port, upstream, maxBody }: Site) => `
# /etc/nginx/conf.d/restante.conf. Certificates: certbot certonly --nginx -d ${name}
map $http_upgrade $restante_connection {
    default upgrade;
    ""      "";
}

upstream restante {
    server ${upstream};
    keepalive 32;
}

server {
    listen ${port} ssl;
    listen [::]:${port} ssl;
    server_name ${name};

    ssl_certificate     /etc/letsencrypt/live/${name}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/${name}/privkey.pem;

    # As much as restante reads (server.max_body).
    client_max_body_size ${maxBody};

    location / {
        proxy_pass http://restante;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $restante_connection;
        # Replaced, not added to: nobody else may have a say in it.
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        # Live pages and sockets: nothing waits in a buffer, and silence is no fault.
        proxy_buffering off;
        proxy_read_timeout 1h;
        proxy_send_timeout 1h;
    }
}
`,

  traefik: ({ name, upstream }: Site) => `
# A file of Traefik's file provider. "websecure" and "letsencrypt" are an entry point and a resolver of your own.
http:
  routers:
    restante:
      rule: "Host(\`${name}\`)"
      entryPoints:
        - websecure
      service: restante
      tls:
        certResolver: letsencrypt
  services:
    restante:
      loadBalancer:
        passHostHeader: true
        servers:
          - url: "http://${upstream}"
`,

  cloudflared: ({ name, upstream }: Site) => `
# /etc/cloudflared/config.yml. Before it: cloudflared tunnel login, cloudflared tunnel create restante,
# cloudflared tunnel route dns restante ${name}. TUNNEL is the id that the second one prints.
tunnel: TUNNEL
credentials-file: /etc/cloudflared/TUNNEL.json
ingress:
  - hostname: ${name}
    service: http://${upstream}
  - service: http_status:404
`,

  tailscale: ({ name, port, upstream }: Site) => `
# Two commands, of which one is enough. ${name} must be this machine's name in the tailnet.
# For everybody on the internet:
tailscale funnel --bg --https=${port} http://${upstream}
# For the tailnet only:
# tailscale serve --bg --https=${port} http://${upstream}
`,
} as const satisfies Record<string, (site: Site) => string>

export type ProxyName = keyof typeof snippets
