#!/usr/bin/env bash
# Verifies a sealed OFD (GB/T 33190, seal GB/T 38540) step by step with nothing of Yijian: unzip, openssl 3, and the tools of any Unix.
#
#   verify-with-openssl.sh licence.ofd [roots.pem]
#
# With roots.pem (the root and what stands between it and the signers) the certificates are checked too. Read it downwards: each step is
# what docs/e-certificates.md says in words. It says nothing of revocation, status, period or of what is drawn.
set -euo pipefail
file=${1:?usage: verify-with-openssl.sh FILE.ofd [ROOTS.pem]}
roots=${2:-}
[ -z "$roots" ] || roots=$(realpath "$roots")  # the steps work in a folder of their own
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
good() { echo "[ok]   $*"; }
wrong() { echo "[FAIL] $*"; bad=1; }
sm3() { openssl dgst -sm3 -binary "$1" | base64; }
# The national standard signs with this identity: the 16 digits 1 to 8, twice.
verify_sm2() { openssl dgst -sm3 -verify "$1" -sigopt distid:1234567812345678 -signature "$2" "$3" >/dev/null 2>&1; }

echo "1. The package: what is in it, nothing twice"
unzip -Z1 "$file" | grep -v '/$' >"$work/names"
[ -z "$(sort "$work/names" | uniq -d)" ] && good "$(wc -l <"$work/names") files" || wrong "a file stands twice"
mkdir "$work/files"
unzip -q -o -d "$work/files" "$file"
cd "$work/files"
signatures=$(sed -n 's/.*<ofd:Signatures>\/*\([^<]*\)<.*/\1/p' OFD.xml)
list=$(sed -n 's/.* BaseLoc="\/*\([^"]*\)".*/\1/p' "$signatures")
value=$(sed -n 's/.*<ofd:SignedValue>\/*\([^<]*\)<.*/\1/p' "$list")
echo "   list of signed files: $list; signature value: $value"

echo "2. Digests: each file on the list has the SM3 digest that the list gives"
sed 's/<ofd:Reference /\n&/g' "$list" | sed -n 's/<ofd:Reference FileRef="\/*\([^"]*\)"><ofd:CheckValue>\([^<]*\)<.*/\1 \2/p' >"$work/listed"
while read -r name digest || [ -n "$name" ]; do
  if [ ! -f "$name" ]; then wrong "$name is on the list and not in the package"
  elif [ "$(sm3 "$name")" = "$digest" ]; then good "$name $digest"
  else wrong "$name has another digest"; fi
done <"$work/listed"

echo "3. Coverage: every file is on the list, but the list of signatures and the signature's own two"
while read -r name; do
  case $name in "$signatures" | "$list" | "$value") continue ;; esac
  grep -qF "$name " "$work/listed" || wrong "$name is not under the seal"
done <"$work/names"
[ $bad = 1 ] || good "every file is under the seal"

echo "4. The signature value taken apart (openssl asn1parse)"
# Each line is "offset:d=depth hl=header l=length …", kept as the four numbers.
openssl asn1parse -inform DER -in "$value" | sed 's/^ *\([0-9]*\):d=\([0-9]*\) *hl=\([0-9]*\) *l= *\([0-9]*\) .*/\1 \2 \3 \4/' >"$work/parsed"
# `nth N DEPTH FROM TO`: the N-th value of that depth between two offsets, as "offset header length".
nth() {
  awk -v n="$1" -v d="$2" -v from="$3" -v to="$4" '$2 == d && $1 >= from && $1 < to && ++seen == n { print $1, $3, $4; exit }' "$work/parsed"
}
bytes() { head -c "$(($1 + $2))" "$value" | tail -c "$2"; }
whole() { bytes "$1" $(($2 + $3)); }          # header and content
content() { bytes $(($1 + $2)) "$3"; }        # content alone
bits() { bytes $(($1 + $2 + 1)) $(($3 - 1)); } # a BIT STRING without its count of unused bits
end() { echo $(($1 + $2 + $3)); }
size=$(wc -c <"$value")
tosign=($(nth 1 1 0 "$size")) cert=($(nth 2 1 0 "$size")) sig=($(nth 4 1 0 "$size"))
whole "${tosign[@]}" >"$work/tosign"
content "${cert[@]}" >"$work/signer.der"
bits "${sig[@]}" >"$work/signature"
last=$(end "${tosign[@]}")
seal=($(nth 2 2 "${tosign[0]}" "$last")) time=($(nth 3 2 "${tosign[0]}" "$last")) hash=($(nth 4 2 "${tosign[0]}" "$last"))
last=$(end "${seal[@]}")
info=($(nth 1 3 "${seal[0]}" "$last")) maker=($(nth 2 3 "${seal[0]}" "$last")) mark=($(nth 4 3 "${seal[0]}" "$last"))
whole "${info[@]}" >"$work/sealinfo"
content "${maker[@]}" >"$work/maker.der"
bits "${mark[@]}" >"$work/makersignature"
for who in signer maker; do
  openssl x509 -inform DER -in "$work/$who.der" -out "$work/$who.pem"
  openssl x509 -in "$work/$who.pem" -pubkey -noout >"$work/$who.key"
  echo "   $who: $(openssl x509 -in "$work/$who.pem" -noout -subject -nameopt utf8,sep_comma_plus)"
done

echo "5. The seal's signer signed this very list"
[ "$(bits "${hash[@]}" | base64)" = "$(sm3 "$list")" ] && good "digest of the list" || wrong "the list was changed"
verify_sm2 "$work/signer.key" "$work/signature" "$work/tosign" && good "SM2 value of the signature" || wrong "SM2 value of the signature"

echo "6. The seal: made by its maker, in its time, used by one on its list"
verify_sm2 "$work/maker.key" "$work/makersignature" "$work/sealinfo" && good "SM2 value of the seal" || wrong "SM2 value of the seal"
last=$(end "${info[@]}")
about=($(nth 3 4 "${info[0]}" "$last"))
last=$(end "${about[@]}")
signers=($(nth 4 5 "${about[0]}" "$last")) from=($(nth 6 5 "${about[0]}" "$last")) until=($(nth 7 5 "${about[0]}" "$last"))
signed_at=$(content "${time[@]}") from=$(content "${from[@]}") until=$(content "${until[@]}")
[[ ! "$signed_at" < "$from" && ! "$signed_at" > "$until" ]] && good "signed at $signed_at, seal valid from $from to $until" || wrong "signed at $signed_at, seal valid from $from to $until"
number=1 found=no
while one=($(nth $number 6 "${signers[0]}" "$(end "${signers[@]}")")) && [ ${#one[@]} = 3 ]; do
  content "${one[@]}" | cmp -s - "$work/signer.der" && found=yes
  number=$((number + 1))
done
[ $found = yes ] && good "the signer is on the seal's list" || wrong "the signer is not on the seal's list"

if [ -n "$roots" ]; then
  echo "7. The certificates lead to your roots, at the signing time"
  when=$(date -u -d "${signed_at:0:4}-${signed_at:4:2}-${signed_at:6:2} ${signed_at:8:2}:${signed_at:10:2}:${signed_at:12:2}" +%s)
  # The command gives the identity of SM2 only to the certificate that it is asked about, hence -partial_chain: each file of yours is believed.
  for who in signer maker; do
    said=$(openssl verify -partial_chain -vfyopt distid:1234567812345678 -attime "$when" -CAfile "$roots" "$work/$who.pem" 2>&1) && good "$who" || wrong "$who: $said"
  done
fi
[ $bad = 0 ] && echo "VERIFIED" || echo "NOT VERIFIED"
exit $bad
