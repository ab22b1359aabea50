# shellcheck shell=bash
# Small functions that the scripts share; sourced by them. Messages go to standard error.

CACHE=${CLIENTELE_CACHE:-$HOME/.cache/clientele}

say() { echo "• $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
target_dir() { echo "${CARGO_TARGET_DIR:-$PWD/target}"; }

# die "What is wrong." "What to do."
die() {
  printf '\n%s\n' "$@" >&2
  exit 1
}

# step "What it does" "how long it takes" command…: runs it with its output in a log, whose end is shown if it fails.
step() {
  local what=$1 long=$2 start=$SECONDS
  shift 2
  mkdir -p "$CACHE/log"
  STEP_LOG=$CACHE/log/$(echo "$what" | tr -cs 'A-Za-z0-9.\n' '-').log
  printf '• %s (about %s) … ' "$what" "$long" >&2
  if "$@" >"$STEP_LOG" 2>&1 </dev/null; then
    echo "$((SECONDS - start)) s" >&2
  else
    echo "failed after $((SECONDS - start)) s:" >&2
    tail -n 20 "$STEP_LOG" >&2
    return 1
  fi
}

give_up() { die "$1" "Its whole output is in $STEP_LOG"; }

# macOS has no timeout; there the command just runs.
with_timeout() {
  if have timeout; then timeout "$@"; else shift && "$@"; fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else die "This needs root: $*"; fi
}

apt_update() {
  if [ -z "${APT_UPDATED:-}" ]; then
    step "Updating the package lists" "10 s" as_root apt-get update || say "going on with the old lists"
    APT_UPDATED=1
  fi
}

apt_has() {
  apt_update
  [ -n "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([^(].*\)/\1/p')" ]
}

# apt_install "What" "how long" package…: never removes what the user has.
apt_install() {
  local what=$1 long=$2
  shift 2
  # shellcheck disable=SC2046
  if dpkg-query -W -f='${db:Status-Status}\n' "$@" 2>/dev/null | sort -u | grep -qx installed &&
    [ $(dpkg-query -W -f='${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed) = $# ]; then return; fi
  apt_update
  step "Installing $what" "$long" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-remove --no-install-recommends "$@" || give_up "apt-get could not install: $*"
}

# A port that nobody listens on now.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}
