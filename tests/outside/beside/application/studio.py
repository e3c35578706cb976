"""A FastAPI application that orders pictures from the ImagineLab API, written as its users write one."""

import httpx
from fastapi import Depends, FastAPI
from pydantic import BaseModel

app = FastAPI()


class Wish(BaseModel):
    """The request of a visitor of the application."""

    prompt: str


def address() -> str:
    """Return the base URL of the API."""
    return "https://api.imagineview.art/api/v1"


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/pictures", status_code=201)
def order(wish: Wish, api: str = Depends(address)) -> dict[str, int]:
    form = {"username": "you@example.com", "password": "YOUR_PASSWORD"}
    picture = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": wish.prompt}
    with httpx.Client(base_url=api) as client:
        token = client.post("/auth/login", data=form).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return {"id": client.post("/generations", json=picture, headers=headers).raise_for_status().json()["id"]}
