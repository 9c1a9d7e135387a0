#!/usr/bin/env bash
# Builds the two scripts that browsers load into src/watchword/web/static. Without Node it says so and goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

without() {
  echo "$1 The browser scripts /js/watchword.js and /js/device-fingerprint.js are not built; all else works." >&2
  exit 0
}
command -v npm >/dev/null || without "Node.js (18 or newer, with npm) is not installed."
node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || without "Node.js is older than 18."
if ! cmp -s package-lock.json node_modules/.built-from; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || without "npm could not fetch the packages."
  cp package-lock.json node_modules/.built-from
fi
node sdk/build.mjs
