"""The links in `outputs`: their files, their accepted clients, their lifetime and their host."""

import re

import pytest

from mockserver.core.generation import GenerationType, Life, Model
from mockserver.core.instant import SECOND
from mockserver.core.scenario import MediaSettings, Scenario
from mockserver.core.timeline import Step
from mockserver.http.app import Settings
from tests.support.client import Client

from .played import FOR_EVER, Start, every

AT_ONCE = Life(then=(Step(status="completed", outputs=1),))
EXPIRING = Scenario(media=MediaSettings(ttl=4 * SECOND), generations=(FOR_EVER, AT_ONCE), clock=every(2))

KINDS = [
    ("image", {}, "image/png", b"\x89PNG\r\n\x1a\n"),
    ("video", {}, "video/mp4", b"\0\0\0"),
    ("voice", {}, "audio/wav", b"RIFF"),
    ("music", {}, "audio/wav", b"RIFF"),
    ("infographic", {}, "image/svg+xml", b"<svg"),
    ("infographic", {"format": "png"}, "image/png", b"\x89PNG\r\n\x1a\n"),
]


def ordered(client: Client, kind: str, **more: object) -> str:
    model = "seedream-5.0-lite" if kind == "image" else f"{kind}-standard"
    return client.outputs(generation_type=kind, model_name=model, **more)[0]


@pytest.mark.assumed
@pytest.mark.parametrize(("kind", "settings", "content_type", "magic"), KINDS, ids=[f"{r[0]} {r[2]}" for r in KINDS])
def test_a_link_opens_a_file_of_its_type(
    you: Client, kind: str, settings: dict[str, str], content_type: str, magic: bytes
) -> None:
    file = you.other().read(ordered(you, kind, settings=settings))
    assert (file.status, file.headers["content-type"]) == (200, content_type)
    assert file.body.startswith(magic)
    assert int(file.headers["content-length"]) == len(file.body)


@pytest.mark.assumed
def test_a_link_names_its_world_and_is_signed(you: Client) -> None:
    link = ordered(you, "image")
    assert re.fullmatch(rf"{you.url}/w/default/media/1842/0\.png\?signature=[\w-]+", link)


@pytest.mark.documented
def test_the_output_of_a_text_is_the_text_itself(you: Client) -> None:
    text = ordered(you, "text")
    assert "http" not in text
    assert len(text.split()) > 10


@pytest.mark.assumed
def test_a_text_has_no_file(you: Client) -> None:
    ordered(you, "text")
    assert you.read(f"{you.url}/media/1842/0.txt?signature=x").status == 404


@pytest.mark.assumed
def test_a_link_opens_without_a_token_and_with_any(you: Client) -> None:
    link = ordered(you, "image")
    assert [you.other(token).read(link).status for token in (None, you.token, "nonsense")] == [200, 200, 200]


@pytest.mark.assumed
def test_a_link_can_refuse_credentials(api: Start) -> None:
    you = api(Scenario(media=MediaSettings(reject_authorization=True))).login()
    link = ordered(you, "image")
    refused = you.read(link)
    assert (refused.status, refused.detail.partition(":")[0]) == (400, "authorization")
    assert "reject_authorization" in refused.headers["x-mock-hint"]
    assert you.other().read(link).status == 200


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("part", "other", "status"),
    [
        ("signature=", "signature=A", 403),
        ("signature=", "sig=", 403),
        ("/0.png", "/1.png", 403),
        ("/0.png", "/0.jpg", 404),
        ("/0.png", "/00.png", 404),
        ("/0.png", "/-1.png", 404),
        ("/0.png", "/0", 404),
        ("/0.png", "/0.png/", 404),
        ("/0.png", "/9999999.png", 404),
        ("/1842/", "/1843/", 404),
        ("/1842/", "/x/", 404),
        ("/1842/", f"/{'9' * 5000}/", 404),
        ("?", "?expires=99999999999&", 403),
        ("?", "?expires=x&", 403),
        ("?", "?size=1&", 200),
        ("?", "?signature=x&", 400),
        ("/w/default", "", 200),
    ],
)
def test_a_link_that_was_changed_does_not_open(you: Client, part: str, other: str, status: int) -> None:
    answer = you.read(ordered(you, "image").replace(part, other))
    assert answer.status == status
    assert status == 200 or answer.detail


@pytest.mark.assumed
def test_a_link_to_the_file_of_a_deleted_generation_is_a_404(you: Client) -> None:
    link = ordered(you, "image")
    you.delete(1842)
    assert (you.read(link).status, you.read(link).detail) == (404, "Not found")


@pytest.mark.assumed
def test_a_link_expires_to_the_second_and_reading_the_generation_gives_a_fresh_one(api: Start) -> None:
    you = api(EXPIRING).login()
    link = ordered(you, "image")
    assert "?expires=1780833604&" in link
    seen = [you.read(link).status]
    clock = you.order(prompt="for ever")
    you.status(clock)
    for _ in range(2):
        you.status(clock)
        seen.append(you.read(link).status)
    expired, fresh = you.read(link), you.result(1842).json["outputs"][0]
    assert seen == [200, 200, 403]
    assert expired.detail == "Link expired"
    assert "ttl" in expired.headers["x-mock-hint"]
    assert you.read(fresh).status == 200


@pytest.mark.assumed
@pytest.mark.parametrize("change", [("expires=1780833604", "expires=1780839999"), ("expires=1780833604&", "")])
def test_the_expiry_of_a_link_cannot_be_changed(api: Start, change: tuple[str, str]) -> None:
    you = api(EXPIRING).login()
    answer = you.read(ordered(you, "image").replace(*change))
    assert (answer.status, answer.detail) == (403, "Invalid signature")


@pytest.mark.assumed
def test_links_are_on_the_host_that_the_client_used(you: Client) -> None:
    id_ = you.order()
    you.polls(id_)
    link = you.read(f"/generations/{id_}", host="mock.example:8402").json["outputs"][0]
    assert link.startswith("http://mock.example:8402/w/default/media/1842/0.png?")


@pytest.mark.assumed
def test_links_are_on_the_public_url_where_one_is_set(api: Start) -> None:
    you = api(None, Settings(public_url="https://mock.example")).login()
    link = ordered(you, "image")
    assert link.startswith("https://mock.example/w/default/media/1842/0.png?")
    assert you.read(link.replace("https://mock.example", you.url)).status == 200


@pytest.mark.assumed
def test_the_file_is_the_same_at_each_read(you: Client) -> None:
    link = ordered(you, "image")
    again = you.result(1842).json["outputs"][0]
    assert (again, you.read(link).body) == (link, you.read(link).body)


@pytest.mark.assumed
def test_two_generations_have_two_files(you: Client) -> None:
    assert you.read(ordered(you, "voice")).body != you.read(ordered(you, "voice").replace("1842", "1843")).body


@pytest.mark.assumed
def test_a_type_has_its_file_under_any_model_name(api: Start) -> None:
    model = Model(name="kling/pro é", generation_type=GenerationType.VIDEO, credit_cost=1)
    you = api(Scenario(models=(model,))).login()
    link = you.outputs(generation_type="video", model_name=model.name)[0]
    assert you.read(link).headers["content-type"] == "video/mp4"


@pytest.mark.assumed
@pytest.mark.parametrize(
    "settings", [None, {}, {"aspect_ratio": {"w": 16}}, {"aspect_ratio": "0:0"}, {"n": 1e300}, {"a\0": "\0"}], ids=str
)
@pytest.mark.parametrize("kind", ["image", "video", "voice", "music", "infographic"])
def test_unknown_settings_do_no_harm(you: Client, kind: str, settings: object) -> None:
    assert you.read(ordered(you, kind, settings=settings, prompt="\0\x1b<&é漢🎨\u202e\ufffe")).status == 200
