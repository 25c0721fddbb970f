#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the tests of virtual machines need: QEMU, a shell for the guests, and a kernel that
# is only unpacked. Does nothing, quickly, where everything is there. On other processors the tests
# are skipped.
set -eu
cd "$(dirname "$0")"
[ "$(dpkg --print-architecture)" = amd64 ] || exit 0

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

for package in qemu-system-x86 busybox-static; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed && continue
  echo "installing $package"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null
done

[ -e unpacked/.done ] && exit 0
rm -rf unpacked
mkdir -p unpacked
cd unpacked
# The package of that name only says which kernel is the newest.
newest=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' |
  head -n 1)
echo "unpacking $newest"
apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" download "$newest" ||
  { as_root apt-get update -qq &&
    apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$newest"; }
dpkg-deb --extract ./*.deb .
rm -f ./*.deb
touch .done
