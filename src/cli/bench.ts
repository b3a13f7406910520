import * as v from "valibot"
import manifest from "../../package.json" with { type: "json" }
import { type BenchReport, runBench, type Step, steps } from "../app/bench/bench.ts"
import type { Kind } from "../config/kinds.ts"
import { type Command, flagValue, json, settingsOf } from "./command.ts"
import { sizeText } from "./figures.ts"
import { notes, print, printJson, progress, table } from "./terminal.ts"

const SECONDS = 3

const seconds: Kind<number> = {
  expects: "a number of seconds from 0.1 to 60",
  placeholder: "NUMBER",
  schema: v.pipe(v.number(), v.minValue(0.1), v.maxValue(60)),
  words: [],
  fromText: (text) => (/^\d{1,2}(\.\d)?$/.test(text) ? Number(text) : text),
  toToml: String,
}

export const benchCommand: Command = {
  meta: {
    name: "bench",
    description: "Measure what this machine can do, on a mediator of its own that is deleted afterwards.",
  },
  args: {
    seconds: {
      type: "string",
      valueHint: seconds.placeholder,
      description: `How long each step takes at most; ${SECONDS} unless given.`,
    },
    ...json,
  },
  settings: true,
  async run(args) {
    const { settings } = settingsOf(args)
    const given = { seconds: flagValue(args, "seconds", seconds) ?? SECONDS, dataDir: settings.server.data_dir }
    const leave = new AbortController()
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => leave.abort())
    const begin = (step: Step) => progress(`Measuring: ${steps[step]}.`)
    try {
      const report = await runBench({ ...given, program: thisProgram(), signal: leave.signal, begin })
      if (args.json === true) printJson({ version: manifest.version, seconds: given.seconds, ...report })
      else print(benchText(report))
      return 0
    } catch (thrown) {
      if (!leave.signal.aborted) throw thrown
      notes.info("Interrupted. What was made for the bench is deleted.")
      return 1
    }
  },
}

/** The built executable is one word; from source it is Bun and the program. */
const thisProgram = (): readonly string[] =>
  Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main]

function benchText({ steps: figures, limit, processors, forwardBytes }: BenchReport): string {
  const lines = Object.entries(figures).map(([step, { perSecond, p50, p99 }]) => [
    steps[step as Step],
    perSecondText(perSecond),
    timeText(p50),
    timeText(p99),
  ])
  return [
    table([["STEP", "PER SECOND", "HALF WITHIN", "99 % WITHIN"], ...lines]),
    "",
    `A forward is ${sizeText(forwardBytes)} here; sender and mediator share ${processors === 1 ? "one processor" : `${processors} processors`}.`,
    "",
    limit.sentence,
    limit.advice,
  ].join("\n")
}

const perSecondText = (rate: number | null): string =>
  rate === null ? "-" : rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1)

const timeText = (ms: number): string => `${ms >= 100 ? Math.round(ms) : ms.toFixed(ms >= 1 ? 1 : 2)} ms`
