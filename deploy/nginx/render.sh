#!/bin/sh
# Writes the configuration of nginx for a server: NGINX_NAME=cds.hospital.example deploy/nginx/render.sh > /etc/nginx/conf.d/spinemets.conf
# Each variable of the list below may be set; the values here are for nginx and the service on one server.
set -eu

: "${NGINX_NAME:?Set NGINX_NAME to the name by which callers reach the server, such as cds.hospital.example.}"
: "${NGINX_UPSTREAM:=127.0.0.1:8000}"
: "${NGINX_HTTP_PORT:=80}"
: "${NGINX_HTTPS_PORT:=443}"
: "${NGINX_LOG:=/var/log/nginx/spinemets.log}"
: "${NGINX_ERRORS:=/var/log/nginx/spinemets-errors.log}"
: "${NGINX_TEMP:=/run}"
: "${NGINX_BODY:=17m}"
: "${NGINX_RATE:=50r/s}"
: "${NGINX_BURST:=100}"
: "${NGINX_CONNECTIONS:=64}"

export NGINX_NAME NGINX_UPSTREAM NGINX_HTTP_PORT NGINX_HTTPS_PORT NGINX_LOG NGINX_ERRORS NGINX_TEMP NGINX_BODY NGINX_RATE \
    NGINX_BURST NGINX_CONNECTIONS

text=$(cat "$(dirname "$0")/spinemets.conf.template")
for name in NAME UPSTREAM HTTP_PORT HTTPS_PORT LOG ERRORS TEMP BODY RATE BURST CONNECTIONS; do
    value=$(printenv "NGINX_$name")
    case $value in
        *[!]A-Za-z0-9._:/[-]*)
            # Another sign could become a part of the configuration.
            echo "NGINX_$name: letters, digits and . _ : / [ ] - only. Correct it." >&2
            exit 2
            ;;
    esac
    text=$(printf '%s\n' "$text" | sed "s|\${NGINX_$name}|$value|g")
done
printf '%s\n' "$text"
