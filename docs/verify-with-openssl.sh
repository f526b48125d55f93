#!/usr/bin/env bash
# Verifies a sealed or signed OFD (GB/T 33190, seal GB/T 38540) step by step with nothing of Yijian: unzip, openssl 3, and the tools of any Unix.
#
#   verify-with-openssl.sh licence.ofd [roots.pem]
#
# With roots.pem (the root and what stands between it and the signers) the certificates are checked too. Read it downwards: each step is
# what docs/e-certificates.md says in words. It says nothing of revocation, timestamp (what stands in it is not looked at), status, period or of what is drawn.
# The last line is the verdict: VERIFIED; SIGNATURE VERIFIED, CERTIFICATES NOT CHECKED (no roots.pem); or NOT VERIFIED with the first reason (exit code 1).
set -euo pipefail
file=${1:?usage: verify-with-openssl.sh FILE.ofd [ROOTS.pem]}
roots=${2:-}
reason=
work=$(mktemp -d)
# Whatever ends the script before its last line ends it with this verdict.
verdict="NOT VERIFIED: "
stuck="the package cannot be read"
trap '[ -z "$verdict" ] || echo "$verdict${reason:-$stuck}"; rm -rf "$work"; [ -z "$verdict" ] || exit 1' EXIT
good() { echo "[ok]   $*"; }
wrong() { echo "[FAIL] $*"; reason=${reason:-$*}; }
refuse() { wrong "$*"; exit 1; }
sm3() { openssl dgst -sm3 -binary "$1" | base64; }
# The national standard signs with this identity: the 16 digits 1 to 8, twice.
verify_sm2() { openssl dgst -sm3 -verify "$1" -sigopt distid:1234567812345678 -signature "$2" "$3" >/dev/null 2>&1; }
[ -f "$file" ] || refuse "there is no file $file"
[ -z "$roots" ] || [ -r "$roots" ] && [ ! -d "$roots" ] || refuse "there is no file $roots"
[ -z "$roots" ] || { cat "$roots" >"$work/roots.pem" && roots=$work/roots.pem; }  # a copy: the steps work in a folder of their own, and a pipe is read once
exec 2>"$work/errors"  # what the commands say of a broken file; what it means is said here

echo "1. The package: a ZIP from its first byte to its last, what is in it, nothing twice"
last22=($(tail -c 22 "$file" | od -An -v -tu1))
little() { echo $((last22[$1] + (last22[$1 + 1] << 8) + (last22[$1 + 2] << 16) + (last22[$1 + 3] << 24))); }
whole_zip() {
  [ "$(head -c 4 "$file" | od -An -tu1 | tr -s ' ')" = " 80 75 3 4" ] && [ "${last22[*]:0:4}" = "80 75 5 6" ] &&
    [ $(($(little 12) + $(little 16) + 22)) = "$(wc -c <"$file")" ]
}
whole_zip || refuse "the file is not one whole ZIP: it was cut off, or bytes stand before or behind it"
unzip -Z1 "$file" >"$work/all" || refuse "the ZIP's directory cannot be read"
grep -v '/$' "$work/all" >"$work/names"
! grep -qE '^/|(^|/)\.\.(/|$)|\\|:' "$work/names" || refuse "a path is absolute or leads out of the package"
[ -z "$(sort -f "$work/names" | uniq -di)" ] && good "$(wc -l <"$work/names") files" || refuse "a file stands twice"
while read -r folder; do
  awk -v folder="$folder" 'index($0, folder) == 1 { found = 1 } END { exit !found }' "$work/names" || refuse "a folder has no file in it"
done < <(grep '/$' "$work/all" || true)
# A header has 30 bytes before an entry and 46 in the directory, and the name behind each: more would be extra fields, comments or sizes behind the entry.
packed=$(unzip -Zl "$file" | awk '$1 ~ /^[-?d]/ { sum += $6 } END { print sum }')
names=$(tr -d '\n' <"$work/all" | wc -c) entries=$(wc -l <"$work/all")
[ $((76 * entries + 2 * names + packed + 22)) = "$(wc -c <"$file")" ] || refuse "the ZIP's headers hold more than names: bytes that no signature covers"
mkdir "$work/files"
unzip -q -o -d "$work/files" "$file" >"$work/errors" || refuse "the ZIP is damaged: its files cannot be unpacked as its directory says"
cd "$work/files"
[ -z "$(find . ! -type f ! -type d)" ] || refuse "the package holds a link"
stuck="no signature was found where OFD.xml says, or it is written in a way that this script does not read"
[ -f OFD.xml ] || refuse "there is no OFD.xml: this is no OFD"
signatures=$(sed -n 's/.*<ofd:Signatures>\/*\([^<]*\)<.*/\1/p' OFD.xml)
[ -n "$signatures" ] || refuse "the file is not signed: its OFD.xml names no signatures"
[ -f "$signatures" ] || refuse "the list of signatures that OFD.xml names is not in the package"
[ "$(grep -o '<ofd:Signature ' "$signatures" | wc -l)" = 1 ] || refuse "the file does not carry exactly one signature; this script reads one"
list=$(sed -n 's/.* BaseLoc="\/*\([^"]*\)".*/\1/p' "$signatures")
# Nobody signs this list: it must be byte for byte what says which signature there is.
listing() { printf '<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Signatures xmlns:ofd="http://www.ofdspec.org/2016"><ofd:MaxSignId>1</ofd:MaxSignId><ofd:Signature ID="1" Type="%s" BaseLoc="/%s"/></ofd:Signatures>' "$1" "$list"; }
listing Seal | cmp -s - "$signatures" || listing Sign | cmp -s - "$signatures" || refuse "the list of signatures, which nobody signs, says more than which there is, or is written in a way that this script does not read"
value=$(sed -n 's/.*<ofd:SignedValue>\/*\([^<]*\)<.*/\1/p' "$list")
[ -f "$value" ] || refuse "the signature value is not in the package"
echo "   list of signed files: $list; signature value: $value"

echo "2. Digests: each file on the list has the SM3 digest that the list gives"
method=$(sed -n 's/.*<ofd:References [^>]*CheckMethod="\([^"]*\)".*/\1/p' "$list")
case ${method,,} in
  sm3 | 1.2.156.10197.1.401 | 1.2.156.10197.1.401.[12]) ;;
  *) refuse "the list's digests are not SM3 but ${method:-MD5, since it names none}" ;;
esac
sed 's/<ofd:Reference /\n&/g' "$list" | sed -n 's/<ofd:Reference FileRef="\/*\([^"]*\)"><ofd:CheckValue>\([^<]*\)<.*/\1 \2/p' >"$work/listed"
cut -d' ' -f1 "$work/listed" >"$work/paths"
while read -r name digest || [ -n "$name" ]; do
  if [ ! -f "$name" ]; then wrong "$name is on the list and not in the package"
  elif [ "$(sm3 "$name")" = "$digest" ]; then good "$name $digest"
  else wrong "$name has another digest"; fi
done <"$work/listed"

echo "3. Coverage: every file is on the list, but the list of signatures and the signature's own two"
open=no
while read -r name; do
  case $name in "$signatures" | "$list" | "$value") continue ;; esac
  grep -qxF -e "$name" "$work/paths" || { wrong "$name is not under the signature"; open=yes; }
done <"$work/names"
[ $open = yes ] || good "every file is under the signature"
# Yijian's own files stand in the order of their list; of other makers' the order says nothing.
if grep -q 'ProviderName="Yijian"' "$list"; then
  grep -xF -f "$work/paths" "$work/names" >"$work/order" || true
  grep -xF -f "$work/names" "$work/paths" | cmp -s - "$work/order" && good "in the order of the list" || wrong "the package was packed again: its files are not in the order of the list"
fi

echo "4. The signature value taken apart (openssl asn1parse)"
# Each line is "offset:d=depth hl=header l=length …", kept as the four numbers.
openssl asn1parse -inform DER -in "$value" >"$work/dump" || refuse "the signature value is not DER, or bytes stand behind it"
sed 's/^ *\([0-9]*\):d=\([0-9]*\) *hl=\([0-9]*\) *l= *\([0-9]*\) .*/\1 \2 \3 \4/' "$work/dump" >"$work/parsed"
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
[ "$(end $(nth 1 0 0 "$size"))" = "$size" ] || refuse "bytes stand behind the signature value"
if grep -q '<ofd:Signature [^>]*Type="Sign"' "$signatures"; then
  # A digital signature without a seal: signed data of GB/T 35275, whose content is the digest of the list.
  kind=signature people=(signer)
  stuck="the signature value is not built as signed data of GB/T 35275 with one signer"
  data=($(nth 1 2 0 "$size"))
  last=$(end "${data[@]}")
  covered=($(nth 3 3 "${data[0]}" "$last")) certs=($(nth 4 3 "${data[0]}" "$last")) infos=($(nth 5 3 "${data[0]}" "$last"))
  [ -z "$(nth 6 3 "${data[0]}" "$last")$(nth 2 4 "${certs[0]}" "$(end "${certs[@]}")")$(nth 6 5 "${infos[0]}" "$(end "${infos[@]}")")" ] ||
    refuse "the signature value has members that nobody signed, or more than the signer's certificate"
  hash=($(nth 1 5 "${covered[0]}" "$(end "${covered[@]}")"))
  cert=($(nth 1 4 "${certs[0]}" "$(end "${certs[@]}")"))
  sig=($(nth 5 5 "${infos[0]}" "$(end "${infos[@]}")"))
  content "${hash[@]}" >"$work/tosign"
  cp "$work/tosign" "$work/hash"
  whole "${cert[@]}" >"$work/signer.der"
  content "${sig[@]}" >"$work/signature"
  signed_at=$(sed -n 's/.*<ofd:SignatureDateTime>\([0-9]\{14\}\)Z<.*/\1Z/p' "$list")
else
  kind=seal people=(signer maker)
  stuck="the signature value is not built as a seal's of GB/T 38540 (version 4 or 5)"
  tosign=($(nth 1 1 0 "$size")) cert=($(nth 2 1 0 "$size")) sig=($(nth 4 1 0 "$size"))
  whole "${tosign[@]}" >"$work/tosign"
  content "${cert[@]}" >"$work/signer.der"
  bits "${sig[@]}" >"$work/signature"
  last=$(end "${tosign[@]}")
  seal=($(nth 2 2 "${tosign[0]}" "$last")) time=($(nth 3 2 "${tosign[0]}" "$last")) hash=($(nth 4 2 "${tosign[0]}" "$last"))
  bits "${hash[@]}" >"$work/hash"
  last=$(end "${seal[@]}")
  info=($(nth 1 3 "${seal[0]}" "$last")) maker=($(nth 2 3 "${seal[0]}" "$last")) mark=($(nth 4 3 "${seal[0]}" "$last"))
  whole "${info[@]}" >"$work/sealinfo"
  content "${maker[@]}" >"$work/maker.der"
  bits "${mark[@]}" >"$work/makersignature"
  last=$(end "${info[@]}")
  about=($(nth 3 4 "${info[0]}" "$last"))
  last=$(end "${about[@]}")
  signers=($(nth 4 5 "${about[0]}" "$last")) from=($(nth 6 5 "${about[0]}" "$last")) until=($(nth 7 5 "${about[0]}" "$last"))
  signed_at=$(content "${time[@]}") from=$(content "${from[@]}") until=$(content "${until[@]}")
fi
for who in "${people[@]}"; do
  openssl x509 -inform DER -in "$work/$who.der" -out "$work/$who.pem"
  openssl x509 -in "$work/$who.pem" -pubkey -noout >"$work/$who.key"
  echo "   $who: $(openssl x509 -in "$work/$who.pem" -noout -subject -nameopt utf8,sep_comma_plus)"
done

echo "5. The signer signed this very list"
[ "$(base64 <"$work/hash")" = "$(sm3 "$list")" ] && good "digest of the list" || wrong "the list was changed"
verify_sm2 "$work/signer.key" "$work/signature" "$work/tosign" && good "SM2 value of the signature" || wrong "the SM2 value of the signature is not the signer's"

if [ $kind = seal ]; then
  echo "6. The seal: made by its maker, in its time, used by one on its list"
  verify_sm2 "$work/maker.key" "$work/makersignature" "$work/sealinfo" && good "SM2 value of the seal" || wrong "the SM2 value of the seal is not its maker's"
  [[ ! "$signed_at" < "$from" && ! "$signed_at" > "$until" ]] && good "signed at $signed_at, seal valid from $from to $until" || wrong "the seal was not valid when it signed: signed at $signed_at, seal valid from $from to $until"
  number=1 found=no
  while one=($(nth $number 6 "${signers[0]}" "$(end "${signers[@]}")")) && [ ${#one[@]} = 3 ]; do
    content "${one[@]}" | cmp -s - "$work/signer.der" && found=yes
    number=$((number + 1))
  done
  [ $found = yes ] && good "the signer is on the seal's list" || wrong "the signer is not on the seal's list"
else
  echo "6. No seal: a digital signature without one, signed at ${signed_at:-a time that this script does not read}"
fi

if [ -n "$roots" ]; then
  echo "7. The certificates lead to your roots, at the signing time"
  [[ $signed_at =~ ^[0-9]{14}Z$ ]] || refuse "the signing time is written in a way that this script does not read, so the certificates were not checked"
  when=$(date -u -d "${signed_at:0:4}-${signed_at:4:2}-${signed_at:6:2} ${signed_at:8:2}:${signed_at:10:2}:${signed_at:12:2}" +%s)
  # The command gives the identity of SM2 only to the certificate that it is asked about, hence -partial_chain: each file of yours is believed.
  for who in "${people[@]}"; do
    said=$(openssl verify -partial_chain -vfyopt distid:1234567812345678 -attime "$when" -CAfile "$roots" "$work/$who.pem" 2>&1) && good "$who" ||
      wrong "the certificate of the $who does not lead to your roots: $(grep -o 'error [0-9].*' <<<"$said" | head -1)"
  done
fi
[ -z "$reason" ] || exit 1
verdict=
[ -n "$roots" ] && echo "VERIFIED" || echo "SIGNATURE VERIFIED, CERTIFICATES NOT CHECKED: who signed is not known without roots.pem"
