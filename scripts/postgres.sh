# shellcheck shell=bash
# A private PostgreSQL for tests, in a temporary folder and on a free port; sourced by ./test.

# Exports TEST_POSTGRES_URL; one that is already set is used as it is. With POSTGRES_DURABLE=1 what is acknowledged is on the disk.
postgres_start() {
  if [ -n "${TEST_POSTGRES_URL:-}" ]; then return; fi
  postgres_programs
  POSTGRES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/clientele-postgres.XXXXXX")
  # PostgreSQL refuses to run as root.
  if [ "$(id -u)" = 0 ]; then chown "$(postgres_user)" "$POSTGRES_DIR"; fi
  if ! postgres_launch; then
    postgres_stop
    return 1
  fi
}

postgres_launch() {
  step "Making a private PostgreSQL" "5 s" postgres_make || return 1
  local port
  port=$(free_port)
  # Nothing here outlives the tests, so it need not survive a crash: no fsync.
  local fast='-c fsync=off -c synchronous_commit=off -c full_page_writes=off'
  if [ -n "${POSTGRES_DURABLE:-}" ]; then fast=; fi
  step "Starting it on port $port" "1 s" as_postgres "$POSTGRES_BIN/pg_ctl" --wait --timeout 60 -D "$POSTGRES_DIR/data" \
    -l "$POSTGRES_DIR/log" -o "-p $port -k $POSTGRES_DIR -c listen_addresses=127.0.0.1 $fast \
    -c max_connections=200" start || { cat "$POSTGRES_DIR/log" >&2; return 1; }
  export TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:$port/postgres
}

# pg_ctl signals the process named in this cluster's own pid file, so no other server can be hit.
postgres_stop() {
  if [ -n "${POSTGRES_DIR:-}" ]; then
    if [ -e "$POSTGRES_DIR/data/postmaster.pid" ]; then
      as_postgres "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_DIR/data" -m immediate stop >/dev/null 2>&1 || true
    fi
    rm -rf "$POSTGRES_DIR"
    POSTGRES_DIR=
  fi
}

# postgres_create NAME: a new empty database; prints its address.
postgres_create() {
  psql "$TEST_POSTGRES_URL" -qc "CREATE DATABASE $1" >/dev/null
  echo "${TEST_POSTGRES_URL%/*}/$1"
}

postgres_make() {
  local locale
  # Case folding beyond ASCII needs a UTF-8 locale; macOS has no C.UTF-8.
  for locale in C.UTF-8 en_US.UTF-8 C; do
    if as_postgres "$POSTGRES_BIN/initdb" -D "$POSTGRES_DIR/data" -U postgres -A trust -E UTF8 --locale="$locale" --no-sync; then
      return
    fi
  done
  return 1
}

postgres_programs() {
  POSTGRES_BIN=$(postgres_find)
  if [ -z "$POSTGRES_BIN" ]; then
    [ -x /usr/bin/apt-get ] || die "PostgreSQL's programs were not found." "macOS: brew install postgresql@16, or set TEST_POSTGRES_URL."
    apt_install PostgreSQL "1 min" postgresql
    POSTGRES_BIN=$(postgres_find)
  fi
  export PATH=$PATH:$POSTGRES_BIN # psql
}

postgres_find() {
  local dir
  for dir in $(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -rV) \
    "$(pg_config --bindir 2>/dev/null || true)" "$(dirname "$(command -v initdb || echo /none)")"; do
    if [ -x "$dir/initdb" ]; then echo "$dir" && return; fi
  done
}

postgres_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    # Not in the caller's folder, which that user may be unable to read. runuser may be off root's PATH after a plain su.
    (cd / && PATH=$PATH:/usr/sbin:/sbin runuser -u "$(postgres_user)" -- "$@")
  else
    "$@"
  fi
}
