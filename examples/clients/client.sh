#!/usr/bin/env bash
# Runs a formula on the service and follows it to its end; bash alone is enough, and openssl for TLS.
#
#   ./client.sh HOST PORT DIRECTORY BASE FORMULA [PARAMS]
#   ./client.sh 127.0.0.1 27700 /data time_series.parquet work.ts '{"gain":2}'
#
# The environment has the rest: MEASURING_TOKEN, which the service asks for; TLS_CA, a file of certificates
# (PEM) that the service's is checked by, or TLS=1 for those that the machine trusts; JOB_SECONDS, which the
# job may run; REPLY_SECONDS, which the service may be silent (60).
set -euo pipefail

if [ $# -lt 5 ] || [ $# -gt 6 ]; then sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; fi
host=$1 port=$2 directory=$3 base=$4 formula=$5 params=${6:-}

hint="if it speaks TLS, name its certificate by TLS_CA, or set TLS=1"
if [ -n "${TLS:-}${TLS_CA:-}" ]; then hint="its certificate is trusted if TLS_CA names it"; fi

fail() { printf '%s\n' "$*" >&2; exit 1; }

# Opens a connection: requests go to 4, lines come from 3.
open() {
  if [ -z "${TLS:-}${TLS_CA:-}" ]; then
    { exec 3<>"/dev/tcp/$host/$port"; } 2>/dev/null || fail "no service answers on $host:$port"
    exec 4>&3
    return
  fi
  local name=(-verify_hostname "$host" -servername "$host")
  if [[ $host =~ ^[0-9.]+$|: ]]; then name=(-verify_ip "$host" -noservername); fi
  coproc openssl s_client -quiet -verify_quiet -verify_return_error "${name[@]}" \
    ${TLS_CA:+-CAfile "$TLS_CA"} -connect "$host:$port"
  exec 3<&"${COPROC[0]}" 4>&"${COPROC[1]}"
}

# Sends a request; prints the lines that come until the service ends the connection.
ask() {
  local line status=0 lines=0
  open
  printf '%s' "$1" >&4 || true # the reply, or its absence, is what matters
  while true; do
    IFS= read -r -t "${REPLY_SECONDS:-60}" line <&3 || status=$?
    [ "$status" -eq 0 ] || break
    printf '%s\n' "$line"
    lines=$((lines + 1))
  done
  exec 3>&- 4>&-
  [ "$status" -le 128 ] || fail "$host:$port is silent"
  [ "$lines" -gt 0 ] || fail "$host:$port closed the connection without a reply: $hint"
}

# A text as a JSON string.
quote() {
  local text=${1//\\/\\\\}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  printf '"%s"' "${text//\"/\\\"}"
}

# A request of the Header Job.
request() {
  local token=
  if [ -n "${MEASURING_TOKEN:-}" ]; then token="\"Token\":$(quote "$MEASURING_TOKEN"),"; fi
  printf '{%s"Header":"Job","Request":{"Action":"%s",%s}}' "$token" "$1" "$2"
}

# The value of a key whose value is a string, from the Response of a line.
field() {
  local response=${2##*\"Response\":} found='"'$1'":"(([^"\\]|\\.)*)"'
  if [[ $response =~ $found ]]; then printf '%s' "${BASH_REMATCH[1]//\\\"/\"}"; fi
}

# Ends with what a reply says in words, if it tells of an error: its code, its place in the formula, its message.
check() {
  local where
  [[ ${1##*\"Response\":} == '{"Status":"error"'* ]] || return 0
  where=$(field Where "$1")
  fail "$(field Code "$1")${where:+ ($where)}: $(field Message "$1")"
}

job="\"Directory\":$(quote "$directory"),\"Base\":$(quote "$base"),\"File\":$(quote "$formula")"
if [ -n "$params" ]; then job+=",\"Params\":$params"; fi
if [ -n "${JOB_SECONDS:-}" ]; then job+=",\"TimeoutSeconds\":$JOB_SECONDS"; fi

reply=$(ask "$(request Submit "$job")")
check "$reply"
id="\"Id\":\"$(field Id "$reply")\""

ask "$(request Watch "$id")" >&2
reply=$(ask "$(request Result "$id")")
check "$reply"
printf '%s\n' "$reply"
