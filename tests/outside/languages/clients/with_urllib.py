"""Make a picture with urllib.request: with_urllib.py FILE."""

import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

BASE = "https://api.imagineview.art/api/v1"
LOGIN = {"username": os.environ["IMAGINELAB_USERNAME"], "password": os.environ["IMAGINELAB_PASSWORD"]}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}


def call(path: str, body: bytes | None = None, **headers: str) -> Any:
    request = urllib.request.Request(BASE + path, data=body, headers=headers)
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code != 429:
                raise
            time.sleep(float(refusal.headers["Retry-After"]))


token = call("/auth/login", urllib.parse.urlencode(LOGIN).encode())["access_token"]
key = {"Authorization": f"Bearer {token}"}
number = call("/generations", json.dumps(ORDER).encode(), **key, **{"Content-Type": "application/json"})["id"]
while (status := call(f"/generations/{number}/status", **key)["status"]) not in ("completed", "failed"):
    time.sleep(float(os.environ["POLL_SECONDS"]))
output = call(f"/generations/{number}", **key)["outputs"][0]

file = Path(sys.argv[1])
with urllib.request.urlopen(output) as answer, file.open("wb") as copy:
    shutil.copyfileobj(answer, copy)
print(json.dumps({"id": number, "status": status, "output": output, "bytes": file.stat().st_size}))
