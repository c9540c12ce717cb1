#!/usr/bin/env bash
# Run targets of make at the same time, each line of output behind its target's name; fail if one of them does.
# Usage: side_by_side.sh MAKE TARGET...
set -uo pipefail
make=$1
shift
running=()
for target in "$@"; do
    ("$make" --no-print-directory "$target" 2>&1 | sed -u "s/^/$target: /") &
    running+=($!)
done
status=0
for one in "${running[@]}"; do
    wait "$one" || status=1
done
exit "$status"
