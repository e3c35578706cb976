"""The application's test against the mock, while the application calls the API's own address over TLS."""

import pytest
from fastapi.testclient import TestClient
from studio import app

from mockserver.testing.imaginelab import Imaginelab


@pytest.mark.imaginelab(intercept=True)
def test_the_application_orders_a_picture_once(imaginelab: Imaginelab) -> None:
    with TestClient(app) as client:
        assert client.post("/pictures", json={"prompt": "A lighthouse"}).json() == {"id": 1842}
    imaginelab.expect(operation="create", count=1)
