-- wrk script: posts a body of as many bytes as the argument says, as in  wrk -s benchmarks/echo.lua URL -- 1024
function init(arguments)
    wrk.method = "POST"
    wrk.body = string.rep("x", tonumber(arguments[1]))
    wrk.headers["Content-Type"] = "application/octet-stream"
end
