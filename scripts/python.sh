#!/usr/bin/env bash
# Makes .venv from a lock file, every file checked by its digest.
#   scripts/python.sh requirements.lock        what the programs need
#   scripts/python.sh requirements-dev.lock    the same, and what a developer needs
set -euo pipefail
cd "$(dirname "$0")/.."

lock=${1:?a lock file}
python=$(command -v python3.11 || command -v python3)

# A half-made folder has no pip and is made again.
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  echo "Python: making .venv with $("$python" -V 2>&1) …"
  "$python" -m venv --clear .venv
fi
echo "Python: installing what $lock names …"
pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }
pip install -qq --require-hashes -r "$lock"
# Ours as it lies in this folder; its build tools came from the lock, nothing is fetched.
pip install -qq --no-deps --no-build-isolation --editable .
