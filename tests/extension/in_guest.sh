#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# in_guest.sh COMMAND …: runs COMMAND as on a machine of its own: a network with the platform's and
# the metadata address on its loopback interface and no way out, its own processes, and nothing of
# systemd. Needs root. All that it started ends with it.
#
# OPENIMDS_TEST_NAMESPACE tells the client programs that they may call those addresses here.
set -eu

if ! unshare --net --mount --pid --fork true 2>/dev/null; then
  echo "no right to make namespaces: run as root" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 77  # skipped, says CTest
fi

# The route is what the agent takes for a DHCP lease's.
exec unshare --net --mount --pid --fork --kill-child --mount-proc sh -euc '
  ip link set lo up
  ip address add 169.254.169.254/32 dev lo
  ip address add 168.63.129.16/32 dev lo
  ip route add 168.63.129.16/32 dev lo
  ! [ -d /run/systemd ] || mount -t tmpfs tmpfs /run/systemd
  OPENIMDS_TEST_NAMESPACE=$(readlink /proc/self/ns/net)
  export OPENIMDS_TEST_NAMESPACE
  "$@"' sh "$@"
