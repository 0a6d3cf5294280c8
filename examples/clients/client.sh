#!/usr/bin/env bash
# Runs a formula on the service and follows it to its end; bash alone is enough.
#
#   ./client.sh 127.0.0.1 27700 /data time_series.parquet work.ts
set -euo pipefail

[ $# -eq 5 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
host=$1 port=$2 directory=$3 base=$4 formula=$5

# Sends a request; prints the lines that come until the service ends the connection.
ask() {
  exec 3<>"/dev/tcp/$host/$port"
  printf '%s' "$1" >&3
  cat <&3
  exec 3>&-
}

# A text as a JSON string.
quote() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# The value of a key whose value is a string without quotes in it, from the last Response of the lines read.
field() { sed -n "s/.*\"Response\":.*\"$1\":\"\([^\"]*\)\".*/\1/p" | tail -n 1; }

reply=$(ask "{\"Header\":\"Job\",\"Request\":{\"Action\":\"Submit\",\"Directory\":$(quote "$directory"),\
\"Base\":$(quote "$base"),\"File\":$(quote "$formula")}}")
id=$(field Id <<<"$reply")
[ -n "$id" ] || { printf '%s\n' "$reply" >&2; exit 1; }

last=$(ask "{\"Header\":\"Job\",\"Request\":{\"Action\":\"Watch\",\"Id\":\"$id\"}}" | tee /dev/stderr | tail -n 1)
ask "{\"Header\":\"Job\",\"Request\":{\"Action\":\"Result\",\"Id\":\"$id\"}}"
[ "$(field State <<<"$last")" = complete ]
