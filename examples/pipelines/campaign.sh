#!/usr/bin/env bash
# Runs a campaign to its end and keeps its report. Run it again after an interruption: a campaign that has started is watched.
# RESUME=yes continues one that is paused. Ends with 0 if no tenant has failed.
set -euo pipefail
manifest=$1
name=$(sed -n 's/^campaign: *//p' "$manifest")
if ! cutover campaign status "$name" > /dev/null 2>&1; then
  cutover campaign plan "$manifest"
fi
cutover campaign start "$manifest"
if [ "${RESUME:-}" = yes ]; then
  cutover campaign resume "$name"
fi
status=0
cutover campaign watch "$name" || status=$?
cutover campaign report "$name" --html "campaign-$name.html"
cutover campaign report "$name"
exit "$status"
