#!/usr/bin/env bash
# Make sure that PySpark and a Java for it are here; where we may not install Java, say what to install.
# Usage: ensure_spark.sh BIN, the folder of the virtual environment's programs.
set -u
bin=$1
missing() { ! command -v java >/dev/null && [ ! -x "${JAVA_HOME:-/nowhere}/bin/java" ]; }
if missing && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing default-jre-headless for the cluster tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless; } >/dev/null 2>&1
fi
if missing; then
    echo "The cluster tests are skipped until Java 17 or newer is installed: default-jre-headless" >&2
    exit 0
fi
if ! "$bin/python" -c "import pandas, pyspark" 2>/dev/null; then
    echo "Installing PySpark for the cluster tests"
    "$bin/uv" pip install --quiet --python "$bin/python" --require-hashes -r requirements/spark.txt
fi
