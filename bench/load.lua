-- Arguments: a file of lines "target<tab>accept", a salt, and what Accept-Encoding says.
-- With a salt each request gets a comment of its own, so that no server has seen its text.
local prepared, targets, salt, turn = {}, {}, "", 0

function init(args)
  salt = args[2] or ""
  for line in io.lines(args[1]) do
    local target, accept = line:match("^(.-)\t(.*)$")
    local headers = { Accept = accept }
    if (args[3] or "") ~= "" then headers["Accept-Encoding"] = args[3] end
    targets[#targets + 1] = { target, headers }
    prepared[#prepared + 1] = wrk.format("GET", target, headers)
  end
end

function request()
  turn = turn + 1
  local which = (turn - 1) % #prepared + 1
  if salt == "" then return prepared[which] end
  local target = targets[which]
  return wrk.format("GET", target[1] .. "%20%23" .. salt .. turn, target[2])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "bytes": %d, "failed": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
