"""The application's own tests, which do not use the mock."""

from fastapi.testclient import TestClient
from studio import app


def test_the_application_answers() -> None:
    with TestClient(app) as client:
        assert client.get("/health").json() == {"status": "ok"}


def test_a_picture_needs_a_prompt() -> None:
    with TestClient(app) as client:
        assert client.post("/pictures", json={}).status_code == 422


def test_the_application_describes_its_routes() -> None:
    assert "/pictures" in app.openapi()["paths"]
