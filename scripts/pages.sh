#!/usr/bin/env bash
# Builds the pages into frontend/dist.
#   scripts/pages.sh modules   only install the packages of the lock file
#   scripts/pages.sh           and build
set -euo pipefail
cd "$(dirname "$0")/../frontend"

if [ ! -f node_modules/.complete ] || [ package-lock.json -nt node_modules/.complete ]; then
  echo "Pages: installing what package-lock.json names …"
  npm ci --no-audit --no-fund --no-update-notifier --loglevel=error </dev/null
  touch node_modules/.complete
fi
[ "${1:-}" = modules ] && exit 0
echo "Pages: building …"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm run build --silent >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }
touch dist/index.html
