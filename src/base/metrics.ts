/** Figures in Prometheus' text format 0.0.4. Labels take values from small fixed sets only: never a DID or an address. */

export type Labels = Readonly<Record<string, string>>
type Kind = "counter" | "gauge" | "histogram"
type Sample = { readonly suffix?: string; readonly labels?: Labels; readonly value: number }

export type Counter = { add(labels?: Labels, by?: number): void }
export type Histogram = { observe(value: number): void }
/** What is looked up when somebody asks; null leaves the figure out this time. */
export type Reading = () => number | null | Promise<number | null>

export type Metrics = ReturnType<typeof createMetrics>

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

export function createMetrics() {
  const families = new Map<string, { help: string; kind: Kind; samples: () => Promise<readonly Sample[]> }>()

  function family(name: string, help: string, kind: Kind, samples: () => Promise<readonly Sample[]>): void {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || families.has(name)) throw new Error(`${name} cannot be a new metric's name`)
    families.set(name, { help, kind, samples })
  }

  return {
    /** A sum that only grows. Its name ends in `_total`; a label set shows once something was added. */
    counter(name: string, help: string): Counter {
      const series = new Map<string, { labels: Labels; value: number }>()
      family(name, help, "counter", async () => [...series.values()])
      return {
        add(labels = {}, by = 1) {
          const key = Object.values(labels).join("\0")
          const one = series.get(key)
          if (one) one.value += by
          else series.set(key, { labels, value: by })
        },
      }
    },

    /** A figure that is read when it is asked for; `labels` distinguish those of one name. */
    reading(name: string, help: string, kind: "counter" | "gauge", readings: Reading | readonly [Labels, Reading][]) {
      const all = typeof readings === "function" ? [[{}, readings] as const] : readings
      family(name, help, kind, async () => {
        const read = await Promise.all(all.map(async ([labels, reading]) => ({ labels, value: await reading() })))
        return read.flatMap(({ labels, value }) => (value === null ? [] : [{ labels, value }]))
      })
    },

    /** How observed values spread. `bounds`: the upper ends of the classes, rising; one without end is added. */
    histogram(name: string, help: string, bounds: readonly number[]): Histogram {
      const ends = [...bounds, Number.POSITIVE_INFINITY]
      const counts = ends.map(() => 0)
      let sum = 0
      family(name, help, "histogram", async () => {
        let total = 0
        const classes = ends.map((end, index) => {
          total += counts[index] ?? 0
          return { suffix: "_bucket", labels: { le: number(end) }, value: total }
        })
        return [...classes, { suffix: "_sum", value: sum }, { suffix: "_count", value: total }]
      })
      return {
        observe(value) {
          const index = ends.findIndex((end) => value <= end)
          if (index === -1) return
          counts[index] = (counts[index] ?? 0) + 1
          sum += value
        },
      }
    },

    /** Every family with its help and type, in the order they were made. */
    async render(): Promise<string> {
      const texts = [...families].map(async ([name, { help, kind, samples }]) => {
        const lines = (await samples()).map((sample) => line(name, sample))
        return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${kind}`, ...lines].join("\n")
      })
      return `${(await Promise.all(texts)).join("\n")}\n`
    },

    names: (): readonly string[] => [...families.keys()],
  }
}

function line(name: string, { suffix = "", labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text).replaceAll('"', '\\"')}"`)
  return `${name}${suffix}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value)}`
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const number = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"
