# SPDX-License-Identifier: Apache-2.0
# Which Debian packages each purpose needs, and need(), which installs what is missing.

packages_build="g++ cmake ninja-build ccache libboost1.81-dev libboost-json1.81-dev libexpected-dev \
libcli11-dev libtomlplusplus-dev libsqlite3-dev libspdlog-dev libfmt-dev libssl-dev \
libcurl4-openssl-dev libc-ares-dev libp11-kit-dev libseccomp-dev libcap-dev pkg-config"
packages_tests="libgtest-dev libgmock-dev python3 python3-pytest python3-cryptography iproute2 nftables procps \
softhsm2 opensc openssl curl git patch python3-requests"
packages_fuzz="clang-14 libclang-rt-14-dev llvm-14"
packages_bench="nginx-light wrk golang-go openssl python3 python3-cryptography"
packages_lint="clang-14 clang-format-14 clang-tidy-14"

# need PURPOSE…: does nothing, and asks nobody, where all is there already.
need() {
  local purpose list package missing=""
  for purpose in "$@"; do
    list="packages_$purpose"
    for package in ${!list}; do
      dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
    done
  done
  [ -z "$missing" ] && return 0
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "dev: these packages are missing, and there is no sudo: install them as root:$missing" >&2
      return 1
    }
    sudo=sudo
  fi
  echo "dev: installing$missing" >&2
  $sudo apt-get -o Acquire::Retries=3 update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >&2
}
