#!/usr/bin/env bash
# Ends TENANT's transition: from here on there is no rollback. Needs CUTOVER_ADMIN and CUTOVER_TOKEN.
set -euo pipefail
tenant=${1:?usage: complete.sh TENANT}

cutover complete "$tenant"
cutover history "$tenant" --limit 20
