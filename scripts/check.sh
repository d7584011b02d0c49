#!/usr/bin/env bash
# Every check that needs no test run, the two sides beside each other. Says what each took; shows what failed.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

step() {
  local name=$1 began=$SECONDS
  shift
  if "$@" >"$logs/$name" 2>&1 </dev/null; then
    printf '  ok      %3d s  %s\n' $((SECONDS - began)) "$name"
  else
    printf '  FAILED  %3d s  %s\n' $((SECONDS - began)) "$name"
    cp "$logs/$name" "$logs/failed-$name"
  fi
}

longest() {
  git ls-files '*.py' '*.ts' '*.svelte' '*.css' | grep -vE '(schema\.d|\.gen)\.ts$|versions/' \
    | xargs -r wc -l | grep -v ' total$' | sort -rn | sed -n '1,10p'
}

python_side() {
  step ruff ruff check
  step format ruff format --check
  step layers lint-imports
  step types mypy
  step names mypy --config-file tests/mypy.ini
  step openapi gridward openapi --check
  step schema python scripts/check_schema.py
  step docs python scripts/docs.py --check
}

page_side() {
  step generated npm --prefix frontend run --silent gen -- --check
  step pages npm --prefix frontend run --silent check
  step built npm --prefix frontend run --silent built
}

python_side &
page_side &
wait

failed=("$logs"/failed-*)
if [ -e "${failed[0]}" ]; then
  for one in "${failed[@]}"; do
    printf '\n---- %s\n' "${one##*/failed-}"
    cat "$one"
  done
  exit 1
fi
echo "Longest files, for a thought (one sitting each?):"
longest
