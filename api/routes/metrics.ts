import type { RequestHandler } from 'express'

/** Counters in the text format of Prometheus; for who stands beside the process, not for the internet. */
export interface Metrics {
  count: RequestHandler
  show: RequestHandler
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>()
  const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
  const buckets = bounds.map(() => 0)
  let seconds = 0
  let total = 0

  return {
    count(request, response, next) {
      const begun = process.hrtime.bigint()
      response.on('finish', () => {
        const took = Number(process.hrtime.bigint() - begun) / 1e9
        const kind = request.path.startsWith('/api/') ? 'api' : request.path.startsWith('/webhooks/') ? 'webhook' : 'page'
        const labels = `kind="${kind}",method="${request.method}",status="${Math.floor(response.statusCode / 100)}xx"`
        requests.set(labels, (requests.get(labels) ?? 0) + 1)
        seconds += took
        total += 1
        bounds.forEach((bound, at) => {
          if (took <= bound) buckets[at]! += 1
        })
      })
      next()
    },
    show(_request, response) {
      const { rss, heapUsed } = process.memoryUsage()
      const lines = [
        '# TYPE kontor_http_requests_total counter',
        ...[...requests].map(([labels, count]) => `kontor_http_requests_total{${labels}} ${count}`),
        '# TYPE kontor_http_request_seconds histogram',
        ...bounds.map((bound, at) => `kontor_http_request_seconds_bucket{le="${bound}"} ${buckets[at]}`),
        `kontor_http_request_seconds_bucket{le="+Inf"} ${total}`,
        `kontor_http_request_seconds_sum ${seconds.toFixed(6)}`,
        `kontor_http_request_seconds_count ${total}`,
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${rss}`,
        '# TYPE nodejs_heap_size_used_bytes gauge',
        `nodejs_heap_size_used_bytes ${heapUsed}`,
        '# TYPE process_uptime_seconds gauge',
        `process_uptime_seconds ${process.uptime().toFixed(1)}`,
      ]
      response.type('text/plain; version=0.0.4').send(`${lines.join('\n')}\n`)
    },
  }
}
