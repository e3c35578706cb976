"""A scenario with every key: its exact value, and the result when it is damaged."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.document import Place
from mockserver.core.faults import Counted, Drip, Drop, Fault, Phase, RetryAfter, Then, Truncate
from mockserver.core.generation import GenerationType, Life, Model
from mockserver.core.instant import SECOND, from_iso
from mockserver.core.limits import By, Limit
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls
from mockserver.core.scenario import ApiSettings, MediaSettings, Scenario
from mockserver.core.timeline import Step
from mockserver.core.token import TokenSettings
from mockserver.core.wallet import WalletSettings
from mockserver.language.file import ScenarioError, load, parse
from mockserver.language.schema import schema
from mockserver.language.yaml_document import read

from .coverage import keys, used
from .judge import written

WHOLE = """\
# Everything that a scenario can say.
description: Skylines fail half way, everything else is quick.
extends: strict-media-host
seed: 7
clock: {mode: poll, step: 1s, rate: 1, start: 2026-06-07T12:00:00Z}
accounts:
  - &first
    email: you@example.com
    password: "1234"
    credits: 20
    full_name: Yes
    plan: Titan Studio
    api_key: il_test_1
  - {email: b@example.com, password: on, id: 30}
models:
  - {name: seedream-5.0-lite, generation_type: image}
  - {name: kling-pro, generation_type: video, credit_cost: 22, from: 5, until: 30s}
generations:
  - name: skyline
    when: {generation_type: video, prompt: "*skyline*", settings.aspect_ratio: 16:9, project_id: [null, 5]}
    calls: 1
    then:
      - pending: 2s
      - processing: {for: 30s, progress: [5, 40, 40, 60]}
      - failed: {error: Upstream model error}
  - calls: [1, "3-5", "7-"]
    then: [{pending: 1}, {processing: 3s, }, {completed: {outputs: 2}}]
    visible_after: 500ms
    cost: 0
  - calls: {every: 3}
    then: [{404: 1s}, {moderating: 1s}, {completed: {for: 2s, outputs: []}}, {failed: {error: null}}]
  - calls: "2"
    then: [{processing: {progress: 99}}]
  - when: {account: you@example.com, model_name: [kling-pro, "seed*"], header.X-Team: a, query.dry: "1"}
  - then: [completed]
faults:
  - name: lost
    on: create
    when:
      generation_type: [image, video]
      model_name: "*"
      prompt: "*skyline*"
      project_id: 7
      settings.aspect_ratio: "16:9"
      account: you@example.com
      header.X-Team: a
      query.dry: "1"
    calls: "2-4"
    phase: after
    then: {drop: reset, delay: 300ms}
  - on: [status, result]
    when: {id: [1842, "18*"], status: processing}
    calls: {every: 3}
    counted: generation
    between: [0s, 10m]
    then: {status: 502, detail: Upstream model error, headers: {Server: edge}}
  - on: any
    chance: 0.25
    then: {drip: {bytes: 64, every: 10ms}}
  - on: me
    then: {status: 200, body: {detail: [1, {a: null}]}, content_type: application/problem+json}
  - on: login
    calls: 3
    then: {status: 429, text: waf-403, retry_after: {in: 30s, as: http-date}}
  - on: result
    then: {patch: {progress: null, eta: 12}, remove: [error]}
  - on: history
    then: {drop: {truncate: 0.5}}
limits:
  - {name: orders, on: create, allow: 10, per: 60s, by: world, then: {status: 403}}
  - {on: create, active: 3}
wallet: {refund_failed: false, refund_deleted: false, refund_delay: 1m, signup_credits: 3}
tokens: {ttl: 1h}
media: {ttl: null, reject_authorization: true}
api:
  unknown_models: accept
  prompt_max: 50
  body_max: 2MiB
  create_status: 202
  order: oldest-first
  validation: fastapi-422
  trailing_slash: redirect-307
  timestamps: naive-microseconds
  page_size: 5
  page_size_max: 10
  cors: http://localhost:3000
  first_generation: 1
""".replace("404:", '"404":')

VALUE = Scenario(
    description="Skylines fail half way, everything else is quick.",
    extends="strict-media-host",
    seed=7,
    clock=ClockSettings(mode=Mode.POLL, step=SECOND, rate=1.0, start=from_iso("2026-06-07T12:00:00Z")),
    accounts=(
        Declaration(
            email="you@example.com",
            password="1234",
            credits=20,
            full_name="Yes",
            plan="Titan Studio",
            api_key="il_test_1",
        ),
        Declaration(email="b@example.com", password="on", id=30),
    ),
    models=(
        Model(name="seedream-5.0-lite", generation_type=GenerationType.IMAGE),
        Model(
            name="kling-pro",
            generation_type=GenerationType.VIDEO,
            credit_cost=22,
            since=5 * SECOND,
            until=30 * SECOND,
        ),
    ),
    generations=(
        Life(
            name="skyline",
            when={
                "generation_type": "video",
                "prompt": "*skyline*",
                "settings.aspect_ratio": "16:9",
                "project_id": (None, 5),
            },
            calls=Calls(spans=((1, 1),)),
            then=(
                Step(status="pending", lasts=2 * SECOND),
                Step(status="processing", lasts=30 * SECOND, progress=(5, 40, 40, 60)),
                Step(status="failed", error="Upstream model error"),
            ),
            place="whole.yaml:19",
        ),
        Life(
            calls=Calls(spans=((1, 1), (3, 5), (7, None))),
            then=(
                Step(status="pending", lasts=SECOND),
                Step(status="processing", lasts=3 * SECOND),
                Step(status="completed", outputs=2),
            ),
            visible_after=SECOND // 2,
            cost=0,
            place="whole.yaml:26",
        ),
        Life(
            calls=Calls(every=3),
            then=(
                Step(status="404", lasts=SECOND),
                Step(status="moderating", lasts=SECOND),
                Step(status="completed", lasts=2 * SECOND, outputs=()),
                Step(status="failed", error=None),
            ),
            place="whole.yaml:30",
        ),
        Life(calls=Calls(spans=((2, 2),)), then=(Step(status="processing", progress=99),), place="whole.yaml:32"),
        Life(
            when={
                "account": "you@example.com",
                "model_name": ("kling-pro", "seed*"),
                "header.X-Team": "a",
                "query.dry": "1",
            },
            place="whole.yaml:34",
        ),
        Life(then=(Step(status="completed"),), place="whole.yaml:35"),
    ),
    faults=(
        Fault(
            name="lost",
            on=(Operation.CREATE,),
            when={
                "generation_type": ("image", "video"),
                "model_name": "*",
                "prompt": "*skyline*",
                "project_id": 7,
                "settings.aspect_ratio": "16:9",
                "account": "you@example.com",
                "header.X-Team": "a",
                "query.dry": "1",
            },
            calls=Calls(spans=((2, 4),)),
            phase=Phase.AFTER,
            then=Then(drop=Drop.RESET, delay=300_000),
            place="whole.yaml:37",
        ),
        Fault(
            on=(Operation.STATUS, Operation.RESULT),
            when={"id": (1842, "18*"), "status": "processing"},
            calls=Calls(every=3),
            counted=Counted.GENERATION,
            between=(0, 600 * SECOND),
            then=Then(status=502, detail="Upstream model error", headers={"Server": "edge"}),
            place="whole.yaml:51",
        ),
        Fault(
            on=tuple(Operation),
            chance=0.25,
            then=Then(drip=Drip(size=64, every=10_000)),
            place="whole.yaml:57",
        ),
        Fault(
            on=(Operation.ME,),
            then=Then(status=200, body={"detail": [1, {"a": None}]}, content_type="application/problem+json"),
            place="whole.yaml:60",
        ),
        Fault(
            on=(Operation.LOGIN,),
            calls=Calls(spans=((3, 3),)),
            then=Then(status=429, text="waf-403", retry_after=RetryAfter(wait=30 * SECOND, written="http-date")),
            place="whole.yaml:62",
        ),
        Fault(
            on=(Operation.RESULT,),
            then=Then(patch={"progress": None, "eta": 12}, remove=("error",)),
            place="whole.yaml:65",
        ),
        Fault(on=(Operation.HISTORY,), then=Then(drop=Truncate(0.5)), place="whole.yaml:67"),
    ),
    limits=(
        Limit(
            name="orders",
            on=(Operation.CREATE,),
            allow=10,
            per=60 * SECOND,
            by=By.WORLD,
            then=Then(status=403),
            place="whole.yaml:70",
        ),
        Limit(on=(Operation.CREATE,), active=3, place="whole.yaml:71"),
    ),
    wallet=WalletSettings(refund_failed=False, refund_deleted=False, refund_delay=60 * SECOND, signup_credits=3),
    tokens=TokenSettings(ttl=3600 * SECOND),
    media=MediaSettings(ttl=None, reject_authorization=True),
    api=ApiSettings(
        unknown_models="accept",
        prompt_max=50,
        body_max=2 * 1024**2,
        create_status=202,
        order="oldest-first",
        validation="fastapi-422",
        trailing_slash="redirect-307",
        timestamps="naive-microseconds",
        page_size=5,
        page_size_max=10,
        cors="http://localhost:3000",
        first_generation=1,
    ),
)


IMPOSSIBLE = {"Life.when.id", "Life.when.status"}
"""Keys of the schema that the loader refuses: a generation that is only being ordered has neither."""


def test_the_file_uses_every_key_that_a_scenario_can_have() -> None:
    whole = schema()
    document = read(WHOLE.encode(), "whole.yaml").root
    assert document is not None
    missing = set(keys(whole, whole)) - set(used(written(document), whole, whole)) - IMPOSSIBLE
    assert missing == set(), "add these keys to WHOLE, and their values to VALUE"


def test_a_file_with_everything_is_its_value(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text(WHOLE)
    script = load(path)
    assert (script.scenario, script.name, script.text) == (VALUE, "whole", WHOLE)


def ends_well(text: str) -> None:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        script = parse(text, "x.yaml")
    except ScenarioError as error:
        problems = error.problems
    else:
        assert script.text == text.removeprefix("\ufeff")
        return
    assert problems
    for problem in problems:
        assert isinstance(problem.place, Place)
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert "\n" not in str(problem)


@given(st.text(max_size=200))
def test_any_text_is_a_scenario_or_has_problems_inside(text: str) -> None:
    ends_well(text)


PIECES = [
    *WHOLE.split("\n"),
    *WHOLE.split(),
    "*",
    "&a",
    "*a",
    "{",
    "]",
    "!x",
    "<<: 1",
    "\t",
    "010",
    "null",
    "[]",
    "{}",
    "- ",
    "''",
    "\0",
]


@given(st.data())
def test_a_mutated_scenario_is_one_or_has_problems_inside(data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 30))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:]
    ends_well(text)


@given(st.data())
def test_any_value_in_any_place_is_read_or_told(data: st.DataObject) -> None:
    lines = WHOLE.splitlines()
    i = data.draw(st.integers(0, len(lines) - 1))
    key = lines[i].partition(":")[0]
    junk = st.sampled_from(
        ["5", "-1", "1.5", "true", "~", "x", "[]", "[1, a]", "{}", "{a: 1}", "[{a: {}}]", "2s", "", "1e400"]
    )
    lines[i] = f"{key}: {data.draw(junk)}"
    ends_well("\n".join(lines))
