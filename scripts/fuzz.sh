#!/usr/bin/env bash
# Runs each fuzz target of each module for FUZZTIME, 2 minutes by default.
set -euo pipefail
cd "$(dirname "$0")/.."
for module in $(scripts/modules.sh); do
	cd "$module"
	for package in $(go list ./...); do
		for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
			echo "== $target in $package"
			go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-2m}" "$package"
		done
	done
done
