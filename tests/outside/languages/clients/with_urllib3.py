"""Make a picture with urllib3: with_urllib3.py FILE. Its pool waits as long as a 429 says, and asks again."""

import json
import os
import sys
import time
from pathlib import Path

import urllib3

BASE = "https://api.imagineview.art/api/v1"
LOGIN = {"username": os.environ["IMAGINELAB_USERNAME"], "password": os.environ["IMAGINELAB_PASSWORD"]}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}

http = urllib3.PoolManager(retries=urllib3.Retry(3, status_forcelist=[429], allowed_methods=None))

token = http.request("POST", f"{BASE}/auth/login", fields=LOGIN, encode_multipart=False).json()["access_token"]
key = {"Authorization": f"Bearer {token}"}
number = http.request("POST", f"{BASE}/generations", json=ORDER, headers=key).json()["id"]

while True:
    status = http.request("GET", f"{BASE}/generations/{number}/status", headers=key).json()["status"]
    if status in ("completed", "failed"):
        break
    time.sleep(float(os.environ["POLL_SECONDS"]))

output = http.request("GET", f"{BASE}/generations/{number}", headers=key).json()["outputs"][0]
size = Path(sys.argv[1]).write_bytes(http.request("GET", output).data)
print(json.dumps({"id": number, "status": status, "output": output, "bytes": size}))
