# shellcheck shell=bash
# What the sections of `.ci/run` share: a scratch folder, named and timed sections, and an orderly end.
# Sourced with `set -euo pipefail` in force and the working folder at the root of the checkout.

CACHE=${CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/almoner-ci}
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/almoner-ci.XXXXXX")
STARTED=$SECONDS
FAILED=()
SUMMARY=()
mkdir -p "$CACHE"
# Servers run as other users than the one who calls, and must be able to pass through.
chmod 711 "$SCRATCH"
: >"$SCRATCH/pids"

# Ends what this run started, by process id, and nothing else. A process is asked first and made to end after ten seconds.
clean_up() {
  local status=$? pid
  trap - EXIT
  [[ -d $SCRATCH/postgres/data ]] && stop_postgres || true
  while read -r pid; do end_process "$pid" 10 || true; done <"$SCRATCH/pids"
  if [[ -n ${CI_KEEP:-} ]]; then echo "kept: $SCRATCH"; else rm -rf "$SCRATCH"; fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

remember() { echo "$1" >>"$SCRATCH/pids"; }

# end_process PID SECONDS: asks a process to end; fails where it had to be killed.
end_process() {
  local pid=$1 left=$(($2 * 10))
  kill -TERM "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do
    [[ $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) == Z ]] && return 0
    ((left-- > 0)) || { kill -KILL "$pid" 2>/dev/null; return 1; }
    sleep 0.1
  done
}

say() { printf '%s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# worked FILE: the seconds of processor time that `times` wrote to a file. A shell's own are lost in a pipe or in `$(…)`, which are shells of their own.
worked() { awk -F '[ms ]+' '{ sum += $1 * 60 + $2 + $3 * 60 + $4 } END { printf "%d", sum }' "$1"; }

# section NAME stop|go COMMAND…: runs a command, says how long it took, and on failure stops the run or goes on to the next.
# The command runs in a shell of its own so that `set -e` holds in all of it.
section() {
  local name=$1 mode=$2 begun=$SECONDS status
  shift 2
  wanted "$name" || return 0
  say "" "==> $name"
  set +e
  (
    trap 'times >"$SCRATCH/times"' EXIT
    set -euo pipefail
    "$@"
  )
  status=$?
  set -e
  local took=$((SECONDS - begun))
  if ((status == 0)); then
    SUMMARY+=("$(printf 'ok      %4ss  %s (%s s of processor time)' "$took" "$name" "$(worked "$SCRATCH/times")")")
    say "<== $name: ok, ${took}s"
  else
    FAILED+=("$name")
    SUMMARY+=("$(printf 'FAILED  %4ss  %s (exit %s)' "$took" "$name" "$status")")
    say "<== $name: FAILED with exit $status, ${took}s"
    [[ $mode == go ]] || finish
  fi
}

# end_tree PID: asks a process and all that it began to end, those deepest down first.
end_tree() {
  local child
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do end_tree "$child"; done
  kill -TERM "$1" 2>/dev/null || true
}

# begin NAME COMMAND…: runs a command beside the sections that follow, if the section NAME is wanted, which ends with `ended`.
begin() {
  local name=$1 job status=0 begun=$((SECONDS - STARTED))
  shift
  wanted "$name" || return 0
  {
    (set -euo pipefail; "$@") >"$SCRATCH/$name.log" 2>&1 &
    job=$!
    trap 'end_tree "$job"' TERM
    wait "$job" || status=$?
    times >"$SCRATCH/$name.times"
    echo "began at $begun s, ended at $((SECONDS - STARTED)) s, $(worked "$SCRATCH/$name.times") s of processor time" >>"$SCRATCH/$name.log"
    echo "$status" >"$SCRATCH/$name.status"
  } &
  remember $!
}

# ended NAME SECONDS LINES: waits so long for what was begun, shows that many of its last lines, more where it failed, and fails with it.
ended() {
  local name=$1 left=$2 status
  until [[ -s $SCRATCH/$name.status ]] || ((left-- <= 0)); do sleep 1; done
  status=$(cat "$SCRATCH/$name.status" 2>/dev/null || echo "no end within $2 s")
  [[ $status == 0 ]] || { tail -n 400 "$SCRATCH/$name.log"; fail "$name: $status"; }
  tail -n "$3" "$SCRATCH/$name.log"
}

# Whether a section was asked for: all are, where none is named.
wanted() {
  local name
  ((${#ONLY[@]})) || return 0
  for name in "${ONLY[@]}"; do [[ $name == "$1" ]] && return 0; done
  return 1
}

finish() {
  say "" "Sections:"
  printf '  %s\n' "${SUMMARY[@]}"
  say "  total $(((SECONDS - STARTED) / 60)) min $(((SECONDS - STARTED) % 60)) s"
  if ((${#FAILED[@]})); then
    say "Failed: ${FAILED[*]}"
    exit 1
  fi
  say "All sections passed."
  exit 0
}

free_port() { python3 .ci/probe.py free-port; }
