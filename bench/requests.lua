-- wrk: send prepared requests one after the other. Arguments: file, bytes of one request, number of the first.
local file, size

function init(arguments)
  file = assert(io.open(arguments[1], "rb"))
  file:setvbuf("full", 262144)
  size = tonumber(arguments[2])
  assert(file:seek("set", size * tonumber(arguments[3])))
end

function request()
  local found = file:read(size)
  if not found then
    file:seek("set", 0)
    found = file:read(size)
  end
  return found
end
