/** Metrics as Prometheus reads them: one name with its samples. */

export interface MetricSample {
  /** What follows the family's name: `_bucket`, `_sum` or `_count` in a histogram. */
  readonly suffix?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly MetricSample[]
}
