#!/bin/sh
# Run once before the hub starts, and harmless again: keys, the site's catalog, a signing key per authority, the simulators' public keys.
set -eu

yijian keys create
yijian catalog publish --by compose
yijian keys create

for key in /var/lib/outside/keys/*.pub.pem; do
  organisation=$(basename "$key" .pub.pem)
  if [ ! -e "/var/lib/yijian/peer-$organisation" ]; then
    yijian peers add "$organisation" "$key"
    touch "/var/lib/yijian/peer-$organisation"
  fi
done
