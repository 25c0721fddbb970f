#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run_fuzzers.sh FOLDER SECONDS: every fuzz target of FOLDER for SECONDS, beginning with its corpus.
set -euo pipefail
folder=$1
seconds=$2
root=$(cd "$(dirname "$0")/.." && pwd)
for target in "$folder"/*_fuzz; do
  name=$(basename "$target" _fuzz)
  found="$folder/found/$name"
  mkdir -p "$found"
  echo "== $name: $seconds s"
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
    -verbosity=0 -artifact_prefix="$found/" "$found" "$root/fuzz/corpus/$name"
done
echo "all fuzz targets ran without a finding"
