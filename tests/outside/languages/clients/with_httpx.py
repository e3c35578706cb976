"""Make a picture with httpx: with_httpx.py FILE."""

import json
import os
import sys
import time
from pathlib import Path

import httpx

LOGIN = {"username": os.environ["IMAGINELAB_USERNAME"], "password": os.environ["IMAGINELAB_PASSWORD"]}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}

with httpx.Client(base_url="https://api.imagineview.art/api/v1") as client:
    login = client.post("/auth/login", data=LOGIN).raise_for_status()
    client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

    while (created := client.post("/generations", json=ORDER)).status_code == 429:
        time.sleep(float(created.headers["Retry-After"]))
    number = created.raise_for_status().json()["id"]

    while True:
        status = client.get(f"/generations/{number}/status").raise_for_status().json()["status"]
        if status in ("completed", "failed"):
            break
        time.sleep(float(os.environ["POLL_SECONDS"]))

    output = client.get(f"/generations/{number}").raise_for_status().json()["outputs"][0]

size = 0
with httpx.stream("GET", output) as answer, Path(sys.argv[1]).open("wb") as file:
    answer.raise_for_status()
    for part in answer.iter_bytes():
        size += file.write(part)
print(json.dumps({"id": number, "status": status, "output": output, "bytes": size}))
