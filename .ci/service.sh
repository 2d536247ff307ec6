# shellcheck shell=bash
# Runs the program as its users do: the demo of the README's first command, and the production form on PostgreSQL.

# serve_demo NAME PROGRAM…: begins a demo on a database of its own, which goes on for the sections that follow.
serve_demo() {
  local name=$1 port url pid
  shift
  port=$(free_port)
  url=http://127.0.0.1:$port
  "$@" demo --fresh --listen "127.0.0.1:$port" --database "sqlite:$SCRATCH/$name.db" --output json --token-ttl 2h \
    >"$SCRATCH/$name.json" 2>"$SCRATCH/$name.log" &
  pid=$!
  remember "$pid"
  echo "$pid" >"$SCRATCH/$name.pid"
  echo "$url" >"$SCRATCH/$name.url"
  python3 .ci/probe.py line "$SCRATCH/$name.json" 60 >/dev/null || { tail -n 40 "$SCRATCH/$name.log"; fail "the demo printed nothing"; }
  python3 .ci/probe.py ready "$url/health/ready" 30 >/dev/null || { tail -n 40 "$SCRATCH/$name.log"; fail "the demo is not ready"; }
}

# demo: the README's first command, once built.
demo() {
  local url port begun name
  begun=$(date +%s%N)
  linted serve_demo demo cargo run --release --locked --quiet --
  url=$(cat "$SCRATCH/demo.url")
  port=${url##*:}
  local took=$((($(date +%s%N) - begun) / 1000000))
  say "the demo was ready after $took ms"
  # Five seconds are promised of an optimised build, which takes one; this one is not optimised, and may not have the machine for itself.
  ((took < 20000)) || fail "the demo must be ready in under 20 seconds"
  grep -qF "\"$url\"" "$SCRATCH/demo.json" || fail "the demo's line does not name $url"
  for name in provider_author provider_author_2 commissioner administrator; do
    python3 .ci/probe.py expect 200 "$url/v1/me" "$(python3 .ci/probe.py token "$SCRATCH/demo.json" "$name")"
  done
  python3 .ci/probe.py expect 401 "$url/v1/me"
  python3 .ci/probe.py expect 401 "$url/v1/me" forged
  python3 .ci/probe.py expect 200 "$url/openapi.json"
  python3 .ci/probe.py expect 200 "$url/docs"
  refused "a port that is taken" demo --database "sqlite:$SCRATCH/other.db" --listen "127.0.0.1:$port"
  refused "a folder that is not there" demo --listen "127.0.0.1:$(free_port)" --database "sqlite:$SCRATCH/nowhere/demo.db"
}

# refused WHAT ARGUMENT…: the program must end by itself, without success, and with a sentence rather than a panic.
refused() {
  local what=$1 status=0
  shift
  timeout 20 target/release/almoner "$@" >"$SCRATCH/refused.log" 2>&1 || status=$?
  ((status != 0)) || fail "$what: ended with success"
  ((status != 124)) || { cat "$SCRATCH/refused.log"; fail "$what: went on running"; }
  ((status < 128)) && ! grep -q 'panicked at' "$SCRATCH/refused.log" || { cat "$SCRATCH/refused.log"; fail "$what: crashed"; }
  [[ -s $SCRATCH/refused.log ]] || fail "$what: refused without a word"
  say "refused, as it should be ($what): $(tail -n 1 "$SCRATCH/refused.log")"
}

# verify_demo PROGRAM NAME: a graceful end of a demo, then ledger and audit chain of everything that was done to it.
verify_demo() {
  end_process "$(cat "$SCRATCH/$2.pid")" 15 || fail "the demo did not stop within 15 seconds of SIGTERM"
  timeout 300 "$1" verify --database "sqlite:$SCRATCH/$2.db"
}

# As the container's user, with nothing in the environment but what is given.
as_service() {
  local drop=()
  ((EUID != 0)) || drop=(setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all --)
  exec env -i PATH=/usr/bin:/bin \
    ALMONER_DATABASE_URL_FILE="$SECRETS/database_url" ALMONER_SIGNING_KEY_FILE="$SECRETS/signing_key.pem" \
    ALMONER_LISTEN="127.0.0.1:$SERVICE_PORT" ALMONER_PUBLIC_URL="http://127.0.0.1:$SERVICE_PORT" \
    ALMONER_DOCUMENTS_DIR="$SCRATCH/documents" "${drop[@]}" "$@"
}

make_secrets() {
  mkdir -p "$SECRETS" "$SCRATCH/documents"
  openssl rand -hex 32 >"$SECRETS/database_password"
  openssl genpkey -algorithm ed25519 -out "$SECRETS/signing_key.pem"
  printf 'Sturdy-%s\n' "$(openssl rand -hex 12)" >"$SECRETS/administrator_password"
  chmod 444 "$SECRETS"/*
  ((EUID != 0)) || chown 10001:10001 "$SCRATCH/documents"
}

# The steps of docker-compose.yml without a container engine: database, one-shot migration, service, health check, stop.
production() {
  SECRETS=$SCRATCH/secrets SERVICE_PORT=$(free_port)
  local program=$SCRATCH/almoner url=http://127.0.0.1:$SERVICE_PORT pid token took
  [[ -x $program ]] || install -m 755 target/release/almoner "$program"
  make_secrets
  start_postgres "$SECRETS/database_password"
  say "$(postgres --version) on port $(cat "$SCRATCH/postgres/port")"
  printf 'postgres://almoner:%s@127.0.0.1:%s/almoner' "$(cat "$SECRETS/database_password")" \
    "$(cat "$SCRATCH/postgres/port")" >"$SECRETS/database_url"
  chmod 444 "$SECRETS/database_url"

  refused "serve without a signing key" serve --database "sqlite:$SCRATCH/demo.db" --listen "127.0.0.1:$SERVICE_PORT"
  (as_service timeout 120 "$program" migrate) || fail migrate
  (as_service timeout 120 "$program" migrate) || fail "migrate, the second time"
  (as_service timeout 60 "$program" user create --role administrator --email administrator@office.example \
    --name 'First Administrator' --password-file "$SECRETS/administrator_password") || fail "user create"

  (as_service "$program" serve >"$SCRATCH/serve.log" 2>&1) &
  pid=$!
  remember "$pid"
  took=$(python3 .ci/probe.py ready "$url/health/ready" 30) || { cat "$SCRATCH/serve.log"; fail "serve is not ready"; }
  say "the service was ready after $took s"
  python3 .ci/probe.py expect 200 "$url/health/live"
  python3 .ci/probe.py expect 200 "$url/.well-known/jwks.json"
  (as_service timeout 10 "$program" health --url "$url") || fail "health says no while the service is ready"
  token=$(python3 .ci/probe.py sign-in "$url" administrator@office.example "$SECRETS/administrator_password")
  python3 .ci/probe.py expect 200 "$url/v1/me" "$token"

  say "stopping the service by SIGTERM"
  local status=0
  end_process "$pid" 15 || fail "serve did not stop within 15 seconds of SIGTERM"
  wait "$pid" || status=$?
  ((status == 0)) || { tail -n 20 "$SCRATCH/serve.log"; fail "serve ended with $status after SIGTERM"; }
  ! (as_service timeout 10 "$program" health --url "$url") >/dev/null 2>&1 || fail "health says yes after the end"
  python3 .ci/probe.py json-lines "$SCRATCH/serve.log"
  ! grep -qF "$(cat "$SECRETS/database_password")" "$SCRATCH/serve.log" || fail "the log holds the database password"
  (as_service timeout 120 "$program" verify) || fail verify
  stop_postgres
}
