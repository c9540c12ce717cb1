#!/usr/bin/env bash
# Print the newest Python of 3.12 or above on this machine, or say in one sentence what to install.
set -u
best=""
best_version=0
candidates=()
for name in python3.15 python3.14 python3.13 python3.12 python3 python; do
    while IFS= read -r path; do candidates+=("$path"); done < <(type -ap "$name" 2>/dev/null)
done
shopt -s nullglob
candidates+=("${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 /opt/python*/bin/python3 /usr/local/bin/python3.*[0-9])
for path in "${candidates[@]}"; do
    version=$("$path" -c 'import sys, venv, ensurepip; print(sys.version_info[0] * 1000 + sys.version_info[1] if sys.version_info.releaselevel == "final" else 0)' 2>/dev/null) || continue
    if [ "$version" -ge 3012 ] && [ "$version" -gt "$best_version" ]; then
        best=$path
        best_version=$version
    fi
done
if [ -z "$best" ]; then
    echo "Muniment needs Python 3.12 or newer with its venv module: install one (for example python3.13 and python3.13-venv) and run this again." >&2
    exit 1
fi
echo "$best"
