#!/bin/sh
# Make a picture with curl: curl.sh FILE
#
# curl itself waits as long as a 429 says, and asks again. It offers HTTP/2; without TLS, in a header of each request.
set -eu
base=${IMAGINELAB_BASE_URL:-https://api.imagineview.art/api/v1}

# value KEY JSON: print the number or the text of a key.
value() {
    printf '%s' "$2" | sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"
}

answer=$(curl --http2 -fsS "$base/auth/login" \
    --data-urlencode "username=$IMAGINELAB_USERNAME" --data-urlencode "password=$IMAGINELAB_PASSWORD")
token=$(value access_token "$answer")

answer=$(curl --http2 -fsS --retry 3 "$base/generations" \
    -H "Authorization: Bearer $token" -H "Content-Type: application/json" -d '{
        "generation_type": "image",
        "model_name": "seedream-5.0-lite",
        "prompt": "A neon city skyline at dusk"
    }')
id=$(value id "$answer")

while
    answer=$(curl --http2 -fsS "$base/generations/$id/status" -H "Authorization: Bearer $token")
    status=$(value status "$answer")
    [ "$status" != completed ] && [ "$status" != failed ]
do
    sleep "$POLL_SECONDS"
done

answer=$(curl --http2 -fsS "$base/generations/$id" -H "Authorization: Bearer $token")
output=$(printf '%s' "$answer" | sed -n 's/.*"outputs": *\["\([^"]*\)".*/\1/p')
curl --http2 -fsS -o "$1" "$output"

printf '{"id": %d, "status": "%s", "output": "%s", "bytes": %d}\n' "$id" "$status" "$output" "$(wc -c <"$1")"
