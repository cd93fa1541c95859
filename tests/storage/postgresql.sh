#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own, on this machine alone: POSTGRESQL_URL names it, and it goes with the command.
set -euo pipefail

bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
bin=${bin:-$(dirname "$(command -v initdb)")}
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# PostgreSQL does not run as root.
run() {
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}
finish() {
    run "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT

if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
run "$bin/initdb" --pgdata "$folder/data" --username spinemets --auth trust >/dev/null
run "$bin/pg_ctl" --pgdata "$folder/data" --wait --log "$folder/log" \
    --options "-p $port -c listen_addresses=127.0.0.1 -k $folder" start >/dev/null
run "$bin/createdb" --host 127.0.0.1 --port "$port" --username spinemets tests

POSTGRESQL_URL="postgresql+psycopg://spinemets@127.0.0.1:$port/tests" "$@"
