/** The systemd unit, hardened: systemd.exec(5), systemd.service(5). `service install` alone writes it. */

const STATE = "/var/lib/"

/** What keeps a service's memory small, under load by a quarter; the program's engine reads it before the first line of ours. */
export const environment = {
  // Else a heap grows to three times what lives in it before it is collected.
  BUN_JSC_heapGrowthMaxIncrease: "1",
  // Else what runs only at the start is compiled, and the compiler with it comes into memory.
  BUN_JSC_startupJITDeferralScale: "4",
  // Milliseconds. What is given back to the system at once is wanted again at once, page by page.
  MIMALLOC_PURGE_DELAY: "200",
}

export type Unit = {
  /** Paths are absolute and plain: see isPlain. */
  readonly executable: string
  readonly config: string
  readonly dataDir: string
  /** Folders besides that it writes to. */
  readonly others: readonly string[]
  readonly user: string
  /** The ports it listens on. */
  readonly ports: readonly number[]
}

/** Whether systemd takes `path` as it stands: it expands % and $, and splits at white space. */
export const isPlain = (path: string): boolean => /^\/[\w./+@,:=-]*$/.test(path)

/** The text of restante.service. */
export function unitText({ executable, config, user, dataDir, others, ports }: Unit): string {
  // One folder right below /var/lib is systemd's to create; any other must be there, and be opened for writing.
  const name = dataDir.startsWith(STATE) ? dataDir.slice(STATE.length) : ""
  const isState = /^[\w.-]+$/.test(name)
  const state = isState ? [`StateDirectory=${name}`, "StateDirectoryMode=0700"] : [`ReadWritePaths=${dataDir}`]
  const folders = [...state, ...others.map((path) => `ReadWritePaths=${path}`), `WorkingDirectory=${dataDir}`]
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${name}=${value}`)
  const capabilities = ports.some((port) => port > 0 && port < 1024) ? "CAP_NET_BIND_SERVICE" : ""
  return `# Written by restante service install. Change it with: systemctl edit restante
[Unit]
Description=restante, a mediator for decentralised identities
Documentation=man:restante(1)
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=exec
User=${user}
Group=${user}
ExecStart=${executable} serve --config ${config}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
# Usage, bad data, missing permission, bad configuration: starting again would not mend them.
RestartPreventExitStatus=64 65 77 78
TimeoutStopSec=30
LimitNOFILE=65536
# Less memory under load.
${variables.join("\n")}
${folders.join("\n")}
UMask=0077
# What would change the program that runs, or let a debugger in.
UnsetEnvironment=BUN_BE_BUN BUN_OPTIONS BUN_INSPECT BUN_INSPECT_CONNECT_TO BUN_INSPECT_NOTIFY BUN_INSPECT_PRELOAD NODE_OPTIONS

CapabilityBoundingSet=${capabilities}
AmbientCapabilities=${capabilities}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute stays off: it would silently turn the JIT off, which makes everything about 7 times slower.

[Install]
WantedBy=multi-user.target
`
}
