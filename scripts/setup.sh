#!/usr/bin/env bash
# Installs what the tests need of Debian's packages and this machine has not.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { echo "setup: $*" >&2; exit 1; }

command -v go >/dev/null || die "Go is missing; https://go.dev/doc/install tells how to install it"
command -v npm >/dev/null || die "Node.js with npm is missing; https://nodejs.org tells how to install it"

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need gcc gcc           # the race detector is linked by it
need chromium chromium # the chat's page is tried in it
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)

[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || die "please install ${missing[*]}; there is no apt-get here to do it"
root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "please install ${missing[*]} as root"
	root=(sudo)
fi
echo "Installing ${missing[*]}"
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
