#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the client tests need: Debian's packages, those of a guest unpacked into
# guest/unpacked, and the npm packages that node/package-lock.json pins. Does nothing, quickly, where
# everything is there.
set -eu
cd "$(dirname "$0")"

NODE_OLDEST=20.19  # what the pinned packages ask for
PACKAGES="python3-pytest python3-yaml
  python3-azure python3-msrestazure python3-adal python3-msal azure-cli
  golang-go golang-github-azure-go-autorest-dev golang-github-azure-azure-sdk-for-go-dev
  python3-configobj python3-jinja2 python3-jsonpatch python3-jsonschema python3-netifaces
  python3-oauthlib python3-requests python3-serial python3-distro python3-pkg-resources
  curl fish iproute2 libfaketime openssl softhsm2"

# Unpacked only: installed, they would want to set up the machine they are on.
GUEST_PACKAGES="cloud-init waagent"

missing_packages() {
  for package in $PACKAGES; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s ' "$package"
  done
  command -v node >/dev/null || printf 'nodejs '
  command -v npm >/dev/null || printf 'npm '
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  echo "installing Debian packages: $missing"
  as_root apt-get update -qq
  # Unquoted: a list of words.
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

node_is_new_enough() {
  printf '%s\n' "$NODE_OLDEST" "$(node --version | tr -d v)" | sort --version-sort --check=quiet
}

install_npm_packages() {
  installed=node/node_modules/.installed-lock.json
  cmp -s node/package-lock.json "$installed" && return 0
  if ! node_is_new_enough; then
    echo "Node.js $(node --version) is older than $NODE_OLDEST: npm clients will not be tested" >&2
    return 0
  fi
  echo "installing npm packages"
  (cd node && npm ci --no-progress --loglevel=error)
  cp node/package-lock.json "$installed"
}

download() {
  apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" download "$1"
}

unpack_guest_packages() {
  [ -e guest/unpacked/.done ] && return 0
  echo "unpacking: $GUEST_PACKAGES"
  rm -rf guest/unpacked
  mkdir -p guest/unpacked
  (
    cd guest/unpacked
    for package in $GUEST_PACKAGES; do
      download "$package" || { as_root apt-get update -qq && download "$package"; }
      dpkg-deb --extract "$package"_*.deb .
    done
    rm -f ./*.deb
    touch .done
  )
}

install_packages
unpack_guest_packages
install_npm_packages
