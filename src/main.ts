import { program } from "./cli/program.ts"

// What is called by fetch is the mediator itself, which Bun would look for behind a proxy, even on this machine.
process.env.NO_PROXY = "*"
delete process.env.no_proxy

process.exitCode = await program(process.argv.slice(2))
