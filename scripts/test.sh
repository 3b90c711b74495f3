#!/usr/bin/env bash
# Runs every check, also after one has failed, and sums them up.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
summary=()
failed=0

# step NAME FOLDER COMMAND… runs one check.
step() {
	local name=$1 folder=$2 began=$SECONDS result=ok
	shift 2
	printf '\n== %s\n' "$name"
	(cd "$folder" && "$@") || { result=FAIL; failed=1; }
	summary+=("$(printf '%-4s %4ds  %s' "$result" $((SECONDS - began)) "$name")")
}

formatted() {
	local files
	files=$(gofmt -s -l $(git ls-files --cached --others --exclude-standard '*.go')) || return 1
	[ -z "$files" ] || { printf 'not formatted (make fmt does it):\n%s\n' "$files"; return 1; }
}

step "format" . formatted
for module in $(scripts/modules.sh); do
	name=${module#"$root"}
	name=${name#/}
	# Without the workspace: each module must build by itself, as those who import it build it.
	step "vet ${name:-rookery}" "$module" env GOWORK=off go vet ./...
	# One package after the other: some play clients and servers that must not be kept waiting.
	step "test ${name:-rookery}" "$module" go test -race -p 1 -count 1 -timeout 5m ./...
done
step "chat in the browser" examples/chat npm run --silent e2e

printf '\n== Summary\n'
printf '%s\n' "${summary[@]}"
printf 'in %d min %d s: ' $((SECONDS / 60)) $((SECONDS % 60))
[ "$failed" -eq 0 ] && echo "all is well" || echo "something failed"
exit "$failed"
