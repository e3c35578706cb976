"""The application's tests against the mock, while it calls the API's own address over TLS."""

import pytest
from fastapi.testclient import TestClient
from studio import app

from mockserver.testing.imaginelab import Imaginelab


@pytest.mark.imaginelab(intercept=True)
def test_a_picture_is_ordered_once(imaginelab: Imaginelab) -> None:
    with TestClient(app) as client:
        assert client.post("/pictures", json={"prompt": "A lighthouse"}).json() == {"id": 1842}
    imaginelab.expect(operation="create", count=1)
