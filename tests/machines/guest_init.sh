#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# All that a guest runs: the network, one question for each line of /questions, the end.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
value() { sed -n "s/.*$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
ip link set lo up
tries=0
until ip link set eth0 up 2>/dev/null || [ $tries -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done
ip addr add "$(value guest_ip)" dev eth0
ip route add default via "$(value guest_gateway)"
while read -r target; do
  tries=0
  until answer=$(printf 'GET %s HTTP/1.0\r\nHost: 169.254.169.254\r\nMetadata: true\r\n\r\n' "$target" |
    nc -w 10 169.254.169.254 80) && [ -n "$answer" ] || [ $tries -ge 5 ]; do
    tries=$((tries + 1))
    sleep 1
  done
  echo "@answer $target"
  echo "$answer" | tr -d '\r'
  echo "@end"
done </questions
poweroff -f
