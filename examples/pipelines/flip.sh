#!/usr/bin/env bash
# Flips TENANT, and rolls back if the check that follows fails: SMOKE is a command that ends with 0 if all is well.
# Nothing written since the flip is lost by the rollback. Needs CUTOVER_ADMIN and CUTOVER_TOKEN.
set -euo pipefail
tenant=${1:?usage: flip.sh TENANT}

cutover run "$tenant" --flip --output json | tee "flip-$tenant.jsonl"
if ! bash -c "${SMOKE:-true}"; then
  cutover rollback "$tenant"
  echo "the check failed, $tenant was rolled back" >&2
  exit 1
fi
cutover status "$tenant"
