# Shared by the scripts in this folder: `source "$(dirname "$0")/lib.sh"`.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Debian's own Python: its packages (pytest, requests) belong to this one, not to a python3 that
# somebody has put in front of it.
python=/usr/bin/python3

# A clone elsewhere finds what was compiled here: ccache sees paths below the root as relative.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

# What configuring and compiling need. GoogleTest is among them because the unit tests are part of
# the one CMake project; scripts/run compiles none of them.
build_packages=(
  build-essential g++ cmake ninja-build pkg-config ccache
  libpistache-dev libsqlite3-dev libsqlitecpp-dev libspdlog-dev nlohmann-json3-dev
  libcurl4-openssl-dev libcli11-dev libmnl-dev libexpected-dev libssl-dev libwslay-dev
  prometheus-cpp-dev python3 python3-yaml libsystemd-dev libunistring-dev libncurses-dev
  libgtest-dev libgmock-dev
)
# The pages are built with npm. One from elsewhere is as good, and does not go together with
# Debian's.
command -v npm >/dev/null || build_packages+=(nodejs npm)
demo_packages=(python3 sqlite3 curl jq util-linux)
test_packages=(
  git iproute2 clang-format clang-tidy
  python3-pytest python3-pytest-xdist python3-requests python3-jsonschema python3-websockets
  python3-portpicker python3-pexpect python3-pyte
  # The C++ example of a service.
  libcpp-httplib-dev
  chromium groff-base zsh fish
  # Who reads the exports and /metrics: each format is given to its own program.
  nginx-light haproxy prometheus python3-prometheus-client docker-compose python3-yaml dash
  "${demo_packages[@]}"
)
package_test_packages=(
  python3-pytest lintian debootstrap systemd binutils dash dpkg-dev gzip util-linux
)
bench_packages=(wrk nginx-light python3-requests "${demo_packages[@]}")


say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Packages of services that are wanted for their program alone.
declare -A service_of=([nginx-light]=nginx [haproxy]=haproxy [prometheus]=prometheus)

# without_services PACKAGE... -- COMMAND...: runs the command that installs the packages, and sees to
# it that none of their services is started, now or at the next boot.
without_services() {
  local units=() status=0
  while [[ $1 != -- ]]; do
    [[ -z ${service_of[$1]:-} ]] || units+=("${service_of[$1]}.service")
    shift
  done
  shift
  # Without systemd at work, nothing starts them.
  if [[ ${#units[@]} -eq 0 || ! -d /run/systemd/system ]]; then
    "$@"
    return
  fi
  # --runtime: should this be interrupted, the next boot has forgotten it.
  "${as_root[@]}" systemctl --quiet --runtime mask "${units[@]}"
  "$@" || status=$?
  "${as_root[@]}" systemctl --quiet --runtime unmask "${units[@]}"
  "${as_root[@]}" systemctl --quiet disable "${units[@]}" || true
  return "$status"
}

# need_packages PACKAGE...: installs those that are missing. Says nothing when none is.
need_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this needs Debian 12 (dpkg-query and apt-get). Elsewhere, install what CMakeLists.txt looks for and run: cmake --preset release && cmake --build --preset release"
  fi
  local package installed missing=()
  # dpkg-query fails when it knows one of the names not at all; what it knows, it still prints.
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      die "these packages are missing, and installing them needs root or sudo. Run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} missing Debian package(s) with apt-get: ${missing[*]}"
  local log
  log=$(mktemp)
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y
             -o DPkg::Lock::Timeout=120)
  if ! { say "  apt-get update" && "${apt[@]}" update >"$log" 2>&1 &&
         say "  apt-get install" &&
         without_services "${missing[@]}" -- \
           "${apt[@]}" install --no-install-recommends "${missing[@]}" >>"$log" 2>&1; }; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get failed (its last lines are above). Try: sudo apt-get install ${missing[*]}"
  fi
  rm -f "$log"
  say "Installed."
}

# cpp_files FOLDER...: the C++ files of the project, one a line, without what is ignored by git.
cpp_files() {
  if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    git -C "$root" ls-files --cached --others --exclude-standard -- \
      "${@/%//*.cpp}" "${@/%//*.h}" | sort -u |
      while IFS= read -r file; do
        [[ ! -f $root/$file ]] || printf '%s\n' "$file"
      done
  else
    (cd "$root" && find "$@" -name '*.cpp' -o -name '*.h' | sort)
  fi
}

cpp_folders=(src exporters tests)
