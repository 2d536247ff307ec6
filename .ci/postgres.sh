# shellcheck shell=bash
# A private PostgreSQL, made as the compose file makes it: its own user, C collation, passwords only, no default password.

postgres_user() {
  if ((EUID != 0)); then id -un; elif id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_postgres() {
  if ((EUID != 0)); then "$@"; else setpriv --reuid="$(postgres_user)" --regid="$(id -g "$(postgres_user)")" --clear-groups -- "$@"; fi
}

# start_postgres PASSWORD_FILE: starts a server with a database `almoner` owned by `almoner`; its port goes to postgres/port.
start_postgres() {
  local place=$SCRATCH/postgres port
  port=$(free_port)
  mkdir -p "$place/run"
  install -m 600 "$1" "$place/password"
  ((EUID != 0)) || chown -R "$(postgres_user)" "$place"
  as_postgres timeout 120 initdb --pgdata="$place/data" --username=almoner --pwfile="$place/password" \
    --locale=C --encoding=UTF8 --data-checksums --auth-host=scram-sha-256 --auth-local=scram-sha-256 >"$SCRATCH/initdb.log" ||
    { cat "$SCRATCH/initdb.log"; fail initdb; }
  # No client program is needed for this: the server itself can run one statement.
  echo 'CREATE DATABASE almoner;' |
    as_postgres timeout 60 postgres --single -D "$place/data" postgres >"$SCRATCH/createdb.log" 2>&1 ||
    { cat "$SCRATCH/createdb.log"; fail "CREATE DATABASE"; }
  as_postgres timeout 90 pg_ctl --pgdata="$place/data" --log="$place/log" --wait --timeout=60 \
    --options="-c listen_addresses=127.0.0.1 -p $port -k $place/run" start >/dev/null || { cat "$place/log"; fail "pg_ctl start"; }
  echo "$port" >"$place/port"
}

stop_postgres() {
  local place=$SCRATCH/postgres
  [[ -f $place/data/postmaster.pid ]] || return 0
  as_postgres timeout 60 pg_ctl --pgdata="$place/data" --wait --timeout=50 --mode=fast stop >/dev/null
}
