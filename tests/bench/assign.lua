-- wrk script: each request assigns one new service to one port of its own.
-- Arguments: lowest port, highest port, number of threads, which share the ports out. A thread that
-- has used its own up stops.

local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  low, high = tonumber(args[1]), tonumber(args[2])
  step, next_port = tonumber(args[3]), low + id
  headers = { ["Content-Type"] = "application/json" }
end

function request()
  local port = next_port
  next_port = next_port + step
  if port > high then
    wrk.thread:stop()
    return wrk.format("GET", "/health")
  end
  local body = string.format('{"service_id":"bench-%d","port":%d}', port, port)
  return wrk.format("POST", "/api/ports/assign", headers, body)
end

function done(summary, latency)
  io.write(string.format('{"requests":%d,"refused":%d,"broken":%d,"seconds":%.6f,"p50_ms":%.3f,' ..
    '"p99_ms":%.3f}\n', summary.requests, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
