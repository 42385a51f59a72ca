/** Prometheus' text format, version 0.0.4, for numbers without labels. */

/** @param metrics by name; names that end in `_total` are counters, others gauges */
export function renderMetrics(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n${name} ${value}\n`)
    .join('')
}
