#!/bin/sh
# Run once before the hub starts, and harmless again: keys, the site's catalog, a signing key per authority, the simulators' public keys,
# and the trust files of departments that sign their own certificates.
set -eu

yijian keys create
yijian catalog publish --by compose
yijian keys init

for key in /var/lib/outside/keys/*.pub.pem; do
  organisation=$(basename "$key" .pub.pem)
  if [ ! -e "/var/lib/yijian/peer-$organisation" ]; then
    yijian peers add "$organisation" "$key"
    touch "/var/lib/yijian/peer-$organisation"
  fi
done

for file in /var/lib/outside/trust/*.json; do
  if [ -e "$file" ]; then cp "$file" /var/lib/yijian/trust/; fi
done
