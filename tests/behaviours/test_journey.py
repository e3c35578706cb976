"""The published examples, exactly as published."""

import httpx2
import pytest

from mockserver.core.token import HEADER
from tests.support.client import Client, raw
from tests.support.customer import BASE, ORDER, PROMPT

from .played import Start

PUBLISHED_RECORD = {
    "id": 1842,
    "user_id": 17,
    "generation_type": "image",
    "model_name": "seedream-5.0-lite",
    "prompt": PROMPT,
    "status": "pending",
    "credit_cost": 5,
    "created_at": "2026-06-07T12:00:00Z",
    "outputs": [],
}

# The body of the reference's second `curl`, character by character.
CURL_ORDER = b"""{
    "generation_type": "image",
    "model_name": "seedream-5.0-lite",
    "prompt": "A neon city skyline at dusk"
  }"""


def curl(client: Client, path: str, content_type: str, body: bytes) -> bytes:
    head = f"POST {BASE}{path} HTTP/1.1\r\nHost: x\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nConnection: close\r\n"
    token = f"Authorization: Bearer {client.token}\r\n" if client.token else ""
    fields = f"{token}Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return raw(client.url, (head + fields).encode() + body)


@pytest.mark.documented
def test_the_login_that_is_published_returns_a_bearer_token(api: Start) -> None:
    form = b"username=you@example.com&password=YOUR_PASSWORD"
    answer = curl(api(), "/auth/login", "application/x-www-form-urlencoded", form)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'\r\n\r\n{"access_token":"' + HEADER.encode() in answer
    assert answer.endswith(b'","token_type":"bearer"}')


@pytest.mark.documented
def test_the_order_that_is_published_returns_the_record_that_is_published(you: Client) -> None:
    answer = curl(you, "/generations", "application/json", CURL_ORDER)
    assert answer.startswith(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n")
    assert answer.endswith(
        b'{"id":1842,"user_id":17,"generation_type":"image","model_name":"seedream-5.0-lite",'
        b'"prompt":"A neon city skyline at dusk","status":"pending","credit_cost":5,'
        b'"created_at":"2026-06-07T12:00:00Z","outputs":[]}'
    )


@pytest.mark.documented
def test_a_record_has_the_published_keys_in_the_published_order(you: Client) -> None:
    record = you.create().json
    assert list(record.items()) == list(PUBLISHED_RECORD.items())


@pytest.mark.documented
def test_the_last_poll_is_the_one_that_is_published(you: Client) -> None:
    id_ = you.order()
    you.polls(id_)
    assert you.status(id_).body == b'{"id":1842,"status":"completed","progress":100}'


@pytest.mark.documented
def test_a_finished_generation_is_the_record_with_outputs(you: Client) -> None:
    id_ = you.order()
    you.polls(id_)
    record = you.result(id_).json
    assert record["outputs"]
    assert record | {"status": "pending", "outputs": []} == PUBLISHED_RECORD
    assert list(record) == list(PUBLISHED_RECORD)


@pytest.mark.assumed
def test_the_default_life_takes_five_polls(you: Client) -> None:
    assert you.polls(you.order()) == [
        ("pending", 0),
        ("processing", 0),
        ("processing", 33),
        ("processing", 66),
        ("completed", 100),
    ]


@pytest.mark.documented
def test_the_end_to_end_example_prints_links_that_open(api: Start) -> None:
    base = f"{api().url}{BASE}"
    with httpx2.Client() as requests:
        form = {"username": "you@example.com", "password": "YOUR_PASSWORD"}
        token = requests.post(f"{base}/auth/login", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        id_ = requests.post(f"{base}/generations", headers=headers, json=ORDER).json()["id"]
        while True:
            status = requests.get(f"{base}/generations/{id_}/status", headers=headers).json()
            if status["status"] in ("completed", "failed"):
                break
        outputs = requests.get(f"{base}/generations/{id_}", headers=headers).json()["outputs"]
        assert [requests.get(link).status_code for link in outputs] == [200]


@pytest.mark.documented
def test_the_order_with_every_published_field_is_accepted(you: Client) -> None:
    answer = you.create(settings={"aspect_ratio": "16:9"}, project_id=None)
    assert answer.status == 201


@pytest.mark.assumed
def test_settings_and_project_come_back_where_the_order_had_them(you: Client) -> None:
    record = you.create(settings={"aspect_ratio": "16:9"}, project_id=None).json
    assert list(record)[9:] == ["settings", "project_id"]
    assert (record["settings"], record["project_id"]) == ({"aspect_ratio": "16:9"}, None)


@pytest.mark.documented
def test_every_answer_is_json(you: Client) -> None:
    paths = ("/auth/me", "/generations", "/generations/models", f"/generations/{you.order()}", "/nowhere")
    assert {you.read(path).headers["content-type"] for path in paths} == {"application/json"}
