"""The application's tests against the mock, whose address it is given."""

from fastapi.testclient import TestClient
from studio import address, app

from mockserver.testing.imaginelab import Imaginelab


def test_a_picture_is_ordered_once(imaginelab: Imaginelab) -> None:
    app.dependency_overrides[address] = lambda: imaginelab.base_url
    with TestClient(app) as client:
        assert client.post("/pictures", json={"prompt": "A lighthouse"}).json() == {"id": 1842}
    app.dependency_overrides.clear()
    imaginelab.expect(operation="create", count=1)
