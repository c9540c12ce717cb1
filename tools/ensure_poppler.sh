#!/usr/bin/env bash
# Make sure that pdfsig and pdfdetach are here; where we may not install them, say what to install.
set -u
if ! command -v pdfsig >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing poppler-utils for the checks of certificates"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends poppler-utils; } >/dev/null 2>&1
fi
if ! command -v pdfsig >/dev/null; then
    echo "Certificates are not checked by poppler until its programs are installed: poppler-utils" >&2
fi
exit 0
