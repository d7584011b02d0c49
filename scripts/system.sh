#!/usr/bin/env bash
# Looks for what must stand on the machine itself and installs what lacks, after naming it.
#   scripts/system.sh run    what `make run` needs
#   scripts/system.sh test   the same, and a browser with a Chinese font
# Answers in a few milliseconds when nothing lacks. Needs no answer typed.
set -euo pipefail

wanted=${1:?run or test}
packages=()

fail() { printf '%s\n' "$@" >&2; exit 1; }

python=$(command -v python3.11 || command -v python3 || true)
if [ -z "$python" ]; then
  packages+=(python3 python3-venv)
else
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "Python 3.11 or newer is needed, $python is $("$python" -V 2>&1)."
  "$python" -c 'import ensurepip, venv' 2>/dev/null \
    || packages+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
fi

# Node comes from wherever the person has it: Debian 12's own is too old for the build.
command -v node >/dev/null && command -v npm >/dev/null || fail "Node 20 or newer with npm is needed."
node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' \
  || fail "Node 20 or newer is needed, this is $(node -v)."

needs_postgis=yes
[ "$wanted" = run ] && [ -n "${DATABASE_URL:-}" ] && needs_postgis=no
if [ $needs_postgis = yes ] && ! compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null; then
  packages+=(postgresql-postgis)
fi

if [ "$wanted" = test ]; then
  command -v chromium >/dev/null || packages+=(chromium)
  compgen -G '/usr/share/fonts/truetype/wqy/*' >/dev/null || packages+=(fonts-wqy-microhei)
fi

[ ${#packages[@]} -gt 0 ] || exit 0

echo "Needed on this machine and not there: ${packages[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    as_root=(none)
  elif [ -t 0 ]; then
    as_root=(sudo)
  elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    as_root=(none)
  fi
fi
if [ "${as_root[0]:-}" = none ] || ! command -v apt-get >/dev/null; then
  fail "They cannot be installed from here (that takes apt-get, and root or sudo). Three ways on:" \
    "  1. as root on Debian or Ubuntu:   apt-get install ${packages[*]}" \
    "  2. a PostgreSQL with PostGIS of your own:   DATABASE_URL=postgresql://user:password@host/database make run" \
    "  3. everything in containers:   docker compose up   (see compose.yaml)"
fi

# A cluster of Debian's own would be made and started with the package; ours is private and enough.
own_cluster=
if [[ " ${packages[*]} " == *" postgresql-postgis "* ]] && ! command -v pg_createcluster >/dev/null; then
  own_cluster=/etc/postgresql-common/createcluster.d/gridward-install.conf
  trap '${as_root[@]+"${as_root[@]}"} rm -f "$own_cluster"' EXIT
  ${as_root[@]+"${as_root[@]}"} mkdir -p "${own_cluster%/*}"
  echo 'create_main_cluster = false' | ${as_root[@]+"${as_root[@]}"} tee "$own_cluster" >/dev/null
fi

echo "Installing them with apt-get …"
log=$(mktemp)
apt() {
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" \
    >"$log" 2>&1 </dev/null
}
apt install -y --no-install-recommends "${packages[@]}" \
  || { apt update && apt install -y --no-install-recommends "${packages[@]}"; } \
  || { tail -n 20 "$log" >&2; fail "apt-get could not install them, see above."; }
rm -f "$log"
