"""Make a picture with aiohttp: with_aiohttp.py FILE."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp

BASE = "https://api.imagineview.art/api/v1/"
LOGIN = {"username": os.environ["IMAGINELAB_USERNAME"], "password": os.environ["IMAGINELAB_PASSWORD"]}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}


async def create(session: aiohttp.ClientSession) -> Any:
    while True:
        async with session.post("generations", json=ORDER) as answer:
            if answer.status != 429:
                return await answer.json()
            await asyncio.sleep(float(answer.headers["Retry-After"]))


async def finished(session: aiohttp.ClientSession, number: int) -> Any:
    while True:
        async with session.get(f"generations/{number}/status") as answer:
            status = (await answer.json())["status"]
        if status in ("completed", "failed"):
            return status
        await asyncio.sleep(float(os.environ["POLL_SECONDS"]))


async def main() -> None:
    async with (
        aiohttp.ClientSession(BASE, raise_for_status=True) as stranger,
        stranger.post("auth/login", data=LOGIN) as answer,
    ):
        token = (await answer.json())["access_token"]
    async with aiohttp.ClientSession(BASE, headers={"Authorization": f"Bearer {token}"}) as session:
        number = (await create(session))["id"]
        status = await finished(session, number)
        async with session.get(f"generations/{number}") as answer:
            output = (await answer.json())["outputs"][0]
    async with aiohttp.request("GET", output, raise_for_status=True) as answer:
        picture = await answer.read()
    await asyncio.to_thread(Path(sys.argv[1]).write_bytes, picture)
    print(json.dumps({"id": number, "status": status, "output": output, "bytes": len(picture)}))


asyncio.run(main())
