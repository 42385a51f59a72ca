/** How many requests are let through in a time. */
export class RequestRate {
  private times: number[] = []

  /** @param nowMs monotonic, milliseconds */
  constructor(
    private readonly max: number,
    private readonly windowMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  allow(): boolean {
    const sinceMs = this.nowMs() - this.windowMs
    this.times = this.times.filter((atMs) => atMs > sinceMs)
    if (this.times.length >= this.max) return false
    this.times.push(this.nowMs())
    return true
  }
}
