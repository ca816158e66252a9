# Sourced by ./run and ./test: installing missing packages, and keeping quiet about what went well.

# need_packages NAME…: installs those Debian packages that are not there. Says what it does on stderr; fails with the
# command to give where it has no right to install.
need_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "tether: these packages are missing, and there is no sudo to install them with. As root, run:" >&2
      echo "  apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 125
    fi
    as_root=(sudo)
  fi
  echo "tether: installing ${missing[*]}" >&2
  install_packages "${missing[@]}"
}

# install_packages NAME…: as the user that `as_root` makes. Servers among them are for tests, which start their own, so none is
# started by its installation (Debian's policy-rc.d). A subshell: its trap is its own.
install_packages() (
  policy=/usr/sbin/policy-rc.d
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  if [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
  fi
  if ! quietly "installing" "${apt[@]}" install -y --no-install-recommends "$@" 2>/dev/null; then
    quietly "updating the package lists" "${apt[@]}" update
    quietly "installing" "${apt[@]}" install -y --no-install-recommends "$@"
  fi
)

# quietly WHAT COMMAND…: runs it, and shows its output only if it fails.
quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    echo "tether: $what failed: $*" >&2
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
