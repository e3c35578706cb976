#!/bin/sh
# Make a picture with wget: wget.sh FILE
#
# wget gives up at a 429; the headers that it prints say how long to wait.
set -eu
base=https://api.imagineview.art/api/v1
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

# value KEY JSON: print the number or the text of a key.
value() {
    printf '%s' "$2" | sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# encoded TEXT: write an address in the encoding of a form.
encoded() {
    printf '%s' "$1" | sed 's/%/%25/g; s/+/%2B/g; s/&/%26/g; s/@/%40/g'
}

answer=$(wget -nv -O - "$base/auth/login" \
    --post-data "username=$(encoded "$IMAGINELAB_USERNAME")&password=$(encoded "$IMAGINELAB_PASSWORD")")
token=$(value access_token "$answer")

until answer=$(wget -nv -S -O - "$base/generations" 2>"$headers" \
    --header "Authorization: Bearer $token" --header "Content-Type: application/json" --post-data '{
        "generation_type": "image",
        "model_name": "seedream-5.0-lite",
        "prompt": "A neon city skyline at dusk"
    }'); do
    patience=$(sed -n 's/^ *[Rr]etry-[Aa]fter: *\([0-9]*\).*/\1/p' "$headers")
    if [ -z "$patience" ]; then
        cat "$headers" >&2
        exit 1
    fi
    sleep "$patience"
done
id=$(value id "$answer")

while
    answer=$(wget -nv -O - "$base/generations/$id/status" --header "Authorization: Bearer $token")
    status=$(value status "$answer")
    [ "$status" != completed ] && [ "$status" != failed ]
do
    sleep "$POLL_SECONDS"
done

answer=$(wget -nv -O - "$base/generations/$id" --header "Authorization: Bearer $token")
output=$(printf '%s' "$answer" | sed -n 's/.*"outputs": *\["\([^"]*\)".*/\1/p')
wget -nv -O "$1" "$output"

printf '{"id": %d, "status": "%s", "output": "%s", "bytes": %d}\n' "$id" "$status" "$output" "$(wc -c <"$1")"
