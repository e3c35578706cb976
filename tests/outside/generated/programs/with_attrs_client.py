"""A program that uses a client made by openapi-python-client: python with_attrs_client.py URL."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

from attrs_client import AuthenticatedClient, Client
from attrs_client.api.auth import login, me
from attrs_client.api.generations import create, delete, history, models, result, status
from attrs_client.api.media import media
from attrs_client.models import (
    Detail,
    GenerationType,
    ImageOrder,
    ImageOrderModelName,
    ImageSettings,
    LoginForm,
    ModelView,
    Page,
    RecordView,
    StatusView,
    TextOrder,
    TextOrderModelName,
    Token,
    User,
    VideoOrder,
    VideoOrderModelName,
)
from attrs_client.types import UNSET, Response

[url] = sys.argv[1:]
diary: dict[str, object] = {}


def refusal(answer: Response) -> list[object]:
    assert isinstance(answer.parsed, Detail), answer
    return [answer.status_code.value, answer.parsed.detail]


anybody = Client(base_url=url, raise_on_unexpected_status=True)
form = LoginForm(username="you@example.com", password="guessed")
diary["wrong password"] = refusal(login.sync_detailed(client=anybody, body=form))

nobody = AuthenticatedClient(base_url=url, token="guessed", raise_on_unexpected_status=True)
diary["nobody"] = refusal(me.sync_detailed(client=nobody))

token = login.sync(client=anybody, body=LoginForm(username="you@example.com", password="YOUR_PASSWORD"))
assert isinstance(token, Token)
diary["logged in"] = token.token_type
client = AuthenticatedClient(base_url=url, token=token.access_token, raise_on_unexpected_status=True)

offered = models.sync(client=client, generation_type=GenerationType.IMAGE)
assert all(isinstance(model, ModelView) and model.generation_type is GenerationType.IMAGE for model in offered)
diary["offered"] = [model.name for model in offered]

picture = ImageOrder(
    generation_type="image",
    model_name=ImageOrderModelName.SEEDREAM_5_0_LITE,
    prompt="A neon city skyline at dusk",
    settings=ImageSettings(aspect_ratio="16:9"),
    project_id=7,
)
early = create.sync_detailed(client=client, body=picture)
diary["too fast"] = [*refusal(early), early.headers["retry-after"]]

ordered = create.sync(client=client, body=picture)
assert isinstance(ordered, RecordView)
assert ordered.generation_type is GenerationType.IMAGE
assert ordered.settings.additional_properties == {"aspect_ratio": "16:9"}
diary["ordered"] = [ordered.id, ordered.generation_type.value, ordered.status, ordered.credit_cost]
diary["ordered"] += [ordered.created_at.isoformat().replace("+00:00", "Z"), ordered.project_id]

polled: list[StatusView] = []
while not polled or polled[-1].status not in {"completed", "failed"}:
    polled.append(status.sync(ordered.id, client=client))
diary["polled"] = [[seen.status, seen.progress] for seen in polled]

[link] = result.sync(ordered.id, client=client).outputs
_, _, world, _, number, name = urlsplit(link).path.split("/")
[signature] = parse_qs(urlsplit(link).query)["signature"]
file = media.sync(world, int(number), name, client=anybody, signature=signature)
content = file.payload.read()
diary["downloaded"] = [content[:8].hex(), content[-8:].hex()]

model_name = TextOrderModelName.TEXT_STANDARD
written = create.sync(client=client, body=TextOrder(generation_type="text", model_name=model_name, prompt="A haiku"))
assert written.settings is UNSET
diary["written"] = [written.id, written.generation_type.value, written.project_id or None]

user = me.sync(client=client)
assert isinstance(user, User)
diary["balance"] = [user.credits_, user.plan, user.full_name]

film = VideoOrder(generation_type="video", model_name=VideoOrderModelName.VIDEO_STANDARD, prompt="Waves")
diary["too dear"] = refusal(create.sync_detailed(client=client, body=film))

page = history.sync(client=client, page_size=5)
assert isinstance(page, Page)
diary["history"] = [page.total, [record.id for record in page.items]]

deleted = delete.sync(ordered.id, client=client)
assert isinstance(deleted, Detail)
diary["deleted"] = deleted.detail
diary["gone"] = refusal(result.sync_detailed(ordered.id, client=client))

for each in (anybody, nobody, client):
    each.get_httpx_client().close()
print(json.dumps(diary))
