#!/usr/bin/env bash
# Make sure that Chromium and fonts for every script are here; where we may not install them, say what to install.
set -u
packages=(chromium fonts-noto-core fonts-noto-cjk poppler-utils)
missing() { ! command -v chromium >/dev/null || ! command -v pdftotext >/dev/null || ! fc-list 2>/dev/null | grep -q NotoSansCJK; }
if missing && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${packages[*]} for the browser tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" fontconfig; } >/dev/null 2>&1
fi
if missing; then
    echo "The browser tests are skipped until these packages are installed: ${packages[*]}" >&2
fi
exit 0
