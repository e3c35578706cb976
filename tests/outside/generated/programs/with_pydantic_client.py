"""A program that uses a Python client made by openapi-generator; the client knows the URL from the document."""

import json
import sys
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from pydantic_client import (
    ApiClient,
    ApiException,
    AuthApi,
    Configuration,
    Detail,
    GenerationsApi,
    GenerationType,
    ImageOrder,
    ImageSettings,
    MediaApi,
    ModelView,
    OrderBody,
    Page,
    ProjectId,
    RecordView,
    StatusView,
    TextOrder,
    Token,
    User,
    VideoOrder,
)
from pydantic_client.exceptions import NotFoundException, UnauthorizedException

diary: dict[str, object] = {}


def refusal(error: type[ApiException], ask: Callable[..., object], *asked: object) -> list[object]:
    try:
        answer = ask(*asked)
    except error as problem:
        refused = problem
    else:
        sys.exit(f"not refused: {answer}")
    assert isinstance(refused.data, Detail), refused
    wait = refused.headers.get("Retry-After")
    return [refused.status, refused.data.detail, *([] if wait is None else [wait])]


configuration = Configuration()
assert configuration.host == sys.argv[1], configuration.host
client = ApiClient(configuration)
auth, generations, media = AuthApi(client), GenerationsApi(client), MediaApi(client)

diary["wrong password"] = refusal(UnauthorizedException, auth.login, "you@example.com", "guessed")
configuration.access_token = "guessed"
diary["nobody"] = refusal(UnauthorizedException, auth.me)

token = auth.login("you@example.com", "YOUR_PASSWORD")
assert isinstance(token, Token)
diary["logged in"] = token.token_type
configuration.access_token = token.access_token

offered = generations.models(generation_type=GenerationType.IMAGE)
assert all(isinstance(model, ModelView) and model.generation_type is GenerationType.IMAGE for model in offered)
diary["offered"] = [model.name for model in offered]

picture = ImageOrder(
    generation_type="image",
    model_name="seedream-5.0-lite",
    prompt="A neon city skyline at dusk",
    settings=ImageSettings(aspect_ratio="16:9"),
    project_id=ProjectId(7),
)
diary["too fast"] = refusal(ApiException, generations.create, OrderBody(picture))

ordered = generations.create(OrderBody(picture))
assert isinstance(ordered, RecordView)
assert ordered.generation_type is GenerationType.IMAGE
assert ordered.settings == {"aspect_ratio": "16:9"}
diary["ordered"] = [ordered.id, ordered.generation_type.value, ordered.status, ordered.credit_cost]
diary["ordered"] += [ordered.created_at.isoformat().replace("+00:00", "Z"), ordered.project_id.actual_instance]

polled: list[StatusView] = []
while not polled or polled[-1].status not in {"completed", "failed"}:
    polled.append(generations.status(ordered.id))
diary["polled"] = [[seen.status, seen.progress] for seen in polled]

[link] = generations.result(ordered.id).outputs
_, _, world, _, number, name = urlsplit(link).path.split("/")
[signature] = parse_qs(urlsplit(link).query)["signature"]
content = media.media(world, int(number), name, signature)
diary["downloaded"] = [content[:8].hex(), content[-8:].hex()]

text = TextOrder(generation_type="text", model_name="text-standard", prompt="A haiku")
written = generations.create(OrderBody(text))
diary["written"] = [written.id, written.generation_type.value, written.project_id]

user = auth.me()
assert isinstance(user, User)
diary["balance"] = [user.credits, user.plan, user.full_name]

film = VideoOrder(generation_type="video", model_name="video-standard", prompt="Waves")
diary["too dear"] = refusal(ApiException, generations.create, OrderBody(film))

page = generations.history(page_size=5)
assert isinstance(page, Page)
diary["history"] = [page.total, [record.id for record in page.items]]

diary["deleted"] = generations.delete(ordered.id).detail
diary["gone"] = refusal(NotFoundException, generations.result, ordered.id)

print(json.dumps(diary))
