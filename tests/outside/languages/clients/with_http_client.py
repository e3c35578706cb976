"""Make a picture with http.client: with_http_client.py FILE. One connection is kept for all calls."""

import http.client
import json
import os
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

ROOT = "/api/v1"
LOGIN = {"username": os.environ["IMAGINELAB_USERNAME"], "password": os.environ["IMAGINELAB_PASSWORD"]}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}

connection = http.client.HTTPSConnection("api.imagineview.art")


def call(method: str, path: str, body: str | None = None, **headers: str) -> Any:
    while True:
        connection.request(method, ROOT + path, body, headers)
        answer = connection.getresponse()
        content = json.load(answer)
        if answer.status != 429:
            return content
        time.sleep(float(answer.headers["Retry-After"]))


form = {"Content-Type": "application/x-www-form-urlencoded"}
token = call("POST", "/auth/login", urllib.parse.urlencode(LOGIN), **form)["access_token"]
key = {"Authorization": f"Bearer {token}"}
number = call("POST", "/generations", json.dumps(ORDER), **key, **{"Content-Type": "application/json"})["id"]
while (status := call("GET", f"/generations/{number}/status", **key)["status"]) not in ("completed", "failed"):
    time.sleep(float(os.environ["POLL_SECONDS"]))
output = call("GET", f"/generations/{number}", **key)["outputs"][0]

link = urllib.parse.urlsplit(output)
connection.request("GET", f"{link.path}?{link.query}")
size = Path(sys.argv[1]).write_bytes(connection.getresponse().read())
connection.close()
print(json.dumps({"id": number, "status": status, "output": output, "bytes": size}))
