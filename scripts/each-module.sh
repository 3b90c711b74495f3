#!/usr/bin/env bash
# Runs a command in the folder of each Go module, and fails when it fails in one.
set -euo pipefail
failed=0
for module in $("$(dirname "$0")/modules.sh"); do
	(cd "$module" && "$@") || failed=1
done
exit "$failed"
