#!/usr/bin/env bash
# Brings TENANT to READY: its next version is there, mirrored, filled and verified. Clients go on where they are.
# Run it again after a failure: it goes on where it stopped. Needs CUTOVER_ADMIN and CUTOVER_TOKEN.
set -euo pipefail
tenant=${1:?usage: prepare.sh TENANT}

cutover run "$tenant" --output json | tee "run-$tenant.jsonl"

# What stands in the way of a flip is told here, before anybody is asked to approve one.
cutover flip "$tenant" --dry-run
