#!/usr/bin/env bash
# Makes .env for compose.yaml: the host that people type, and a database password that nobody has seen.
#   scripts/new-env.sh grid.example.org
set -euo pipefail
cd "$(dirname "$0")/.."

host=${1:?the host name, such as grid.example.org}
[ ! -e .env ] || { echo ".env is there already: its password belongs to the database volume. Nothing done." >&2; exit 1; }
umask 077
password=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
printf 'GRIDWARD_PUBLIC_URL=https://%s\nDATABASE_PASSWORD=%s\n' "$host" "$password" >.env
echo "wrote .env; next: docker compose up --detach"
