"""The application's test against the mock; the test gives the application the mock's address."""

from fastapi.testclient import TestClient
from studio import address, app

from mockserver.testing.imaginelab import Imaginelab


def test_the_application_orders_a_picture_once(imaginelab: Imaginelab) -> None:
    app.dependency_overrides[address] = lambda: imaginelab.base_url
    with TestClient(app) as client:
        assert client.post("/pictures", json={"prompt": "A lighthouse"}).json() == {"id": 1842}
    app.dependency_overrides.clear()
    imaginelab.expect(operation="create", count=1)
