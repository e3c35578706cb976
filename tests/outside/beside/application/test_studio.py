"""The application's own tests, which know nothing of the mock."""

from fastapi.testclient import TestClient
from studio import app


def test_it_answers() -> None:
    with TestClient(app) as client:
        assert client.get("/health").json() == {"status": "ok"}


def test_a_picture_needs_a_prompt() -> None:
    with TestClient(app) as client:
        assert client.post("/pictures", json={}).status_code == 422


def test_it_describes_itself() -> None:
    assert "/pictures" in app.openapi()["paths"]
