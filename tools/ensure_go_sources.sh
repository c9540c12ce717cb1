#!/usr/bin/env bash
# Make sure that the Go sources of golang.org/x/mod are here; where we may not install them, say what to install.
set -u
sources=${MUNIMENT_GOCODE:-/usr/share/gocode}/src/golang.org/x/mod
if [ ! -d "$sources" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing golang-golang-x-mod-dev for the checks of the log"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends golang-golang-x-mod-dev; } >/dev/null 2>&1
fi
if [ ! -d "$sources" ]; then
    echo "The log is not checked by Go until its sources are installed: golang-golang-x-mod-dev" >&2
fi
exit 0
