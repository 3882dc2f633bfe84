#!/bin/bash
# The function host's container begins as root, with the capabilities KILL, SETGID and SETUID and no other, and goes on as the user 1000. It
# keeps the three, to start each module's process as a user of its own and to end it. Without them it goes on as it is, and says what it lacks.
set -eu
rights=+kill,+setgid,+setuid
[ "$(id -u)" = 0 ] || exec node dist/src/bin/function-host.js
exec setpriv --reuid=1000 --regid=1000 --clear-groups "--inh-caps=-all,$rights" "--ambient-caps=-all,$rights" --no-new-privs \
  node dist/src/bin/function-host.js
