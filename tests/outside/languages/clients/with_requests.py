"""Make a picture with requests: with_requests.py FILE. Its adapter waits as long as a 429 says, and asks again."""

import json
import os
import sys
import time
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

BASE = "https://api.imagineview.art/api/v1"

session = requests.Session()
session.mount("https://", HTTPAdapter(max_retries=Retry(total=3, status_forcelist=[429], allowed_methods=None)))

login = session.post(
    f"{BASE}/auth/login",
    data={"username": os.environ["IMAGINELAB_USERNAME"], "password": os.environ["IMAGINELAB_PASSWORD"]},
)
login.raise_for_status()
session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

created = session.post(
    f"{BASE}/generations",
    json={"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"},
)
created.raise_for_status()
number = created.json()["id"]

while True:
    asked = session.get(f"{BASE}/generations/{number}/status")
    asked.raise_for_status()
    status = asked.json()["status"]
    if status in ("completed", "failed"):
        break
    time.sleep(float(os.environ["POLL_SECONDS"]))

result = session.get(f"{BASE}/generations/{number}")
result.raise_for_status()
output = result.json()["outputs"][0]

picture = requests.get(output, timeout=60)
picture.raise_for_status()
Path(sys.argv[1]).write_bytes(picture.content)
print(json.dumps({"id": number, "status": status, "output": output, "bytes": len(picture.content)}))
