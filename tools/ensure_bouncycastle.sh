#!/usr/bin/env bash
# Make sure that Bouncy Castle is here; where we may not install it, say what to install.
set -u
jar=${MUNIMENT_BOUNCYCASTLE:-/usr/share/java}/bcpkix.jar
if [ ! -f "$jar" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing libbcpkix-java for the checks of evidence records"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libbcpkix-java; } >/dev/null 2>&1
fi
if [ ! -f "$jar" ]; then
    echo "Evidence records are not checked by Bouncy Castle until it is installed: libbcpkix-java" >&2
fi
exit 0
