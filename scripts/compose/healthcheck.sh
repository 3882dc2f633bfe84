#!/bin/bash
# healthcheck.sh http://<host>:<port><path> [JSON to post]: exit code 0 if the answer is 2xx; otherwise `docker inspect` shows what it was.
# The images have no curl. Bash opens the connection by itself, in half the processor time of a Node.js that starts for it, which counts
# where every container is asked every few seconds.
set -u
export LC_ALL=C
timeout_s=4
address=${1#http://}
authority=${address%%/*}
path=/${address#*/}
body=${2-}

{ exec 3<>"/dev/tcp/${authority%:*}/${authority##*:}"; } 2>/dev/null || { echo "no connection to $authority"; exit 1; }
if [ -z "$body" ]; then
  printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$path" "$authority" >&3
else
  printf 'POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$path" "$authority" "${#body}" "$body" >&3
fi
read -r -t "$timeout_s" _ status _ <&3 || { echo "no answer within $timeout_s s"; exit 1; }
case $status in
  2??) exit 0 ;;
esac
# The answer's headers, and what it says.
echo "$status"
timeout "$timeout_s" cat <&3
exit 1
