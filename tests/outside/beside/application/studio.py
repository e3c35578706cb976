"""An application of FastAPI's that orders pictures of the ImagineLab API, as its users write them."""

import httpx
from fastapi import Depends, FastAPI
from pydantic import BaseModel

app = FastAPI()


class Wish(BaseModel):
    """What a visitor of the application sends."""

    prompt: str


def address() -> str:
    """Return where the API is."""
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
