/** What a request must be named by, to be known by that name on both hops; another name is replaced. */
export const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/

/** [W3C Trace Context §3.2](https://www.w3.org/TR/trace-context/#traceparent-header). The group is the trace's id. */
export const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
