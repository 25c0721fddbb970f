#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# in_namespace.sh COMMAND …: runs COMMAND in a network namespace of its own, where the metadata
# address, and the one that the Linux agent falls back to, are on the loopback interface and nothing
# leads out. All that it started ends with it.
#
# OPENIMDS_TEST_NAMESPACE tells the client programs that they may call that address here.
set -eu

map_root=
[ "$(id -u)" = 0 ] || map_root=--map-root-user

if ! unshare $map_root --net true 2>/dev/null; then
  echo "no right to make a network namespace: run as root, or allow user namespaces" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 77  # skipped, says CTest
fi

exec unshare $map_root --net --fork --kill-child sh -euc '
  ip link set lo up
  ip address add 169.254.169.254/32 dev lo
  ip address add 168.63.129.16/32 dev lo
  OPENIMDS_TEST_NAMESPACE=$(readlink /proc/self/ns/net)
  export OPENIMDS_TEST_NAMESPACE
  exec "$@"' sh "$@"
