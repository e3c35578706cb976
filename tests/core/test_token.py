import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core import token
from mockserver.core.forms import LONGEST_DURATION
from mockserver.core.instant import SECOND, from_iso
from mockserver.core.token import HEADER, Claims

KEY = b"k" * 32
CLAIMS = Claims(sub="17", iat=1_780_833_600, exp=1_780_835_400, sid=1, world="default")
TOKEN = token.issue(CLAIMS, KEY)
SAID = b'{"sub":"17","iat":0,"exp":9,"sid":1,"world":"default","more":true}'
GOLDEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiIxNyIsImlhdCI6MTc4MDgzMzYwMCwiZXhwIjoxNzgwODM1NDAwLCJzaWQiOjEsIndvcmxkIjoiZGVmYXVsdCJ9."
    "r0FDNpI-rt23g8j7PiMMuNfoET06q7ziQVDRKQcN2aA"
)

claims = st.builds(
    Claims,
    sub=st.integers(1, 10**9).map(str),
    iat=st.integers(0, 10**10),
    exp=st.integers(0, 10**10),
    sid=st.integers(1, 99),
    world=st.text(st.characters(codec="utf-8"), max_size=64),
)


def base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signature(text: str, key: bytes) -> str:
    return base64(hmac.new(key, text.encode(), hashlib.sha256).digest())


def signed(header: object, payload: bytes, key: bytes = KEY) -> str:
    text = f"{base64(json.dumps(header, separators=(',', ':')).encode())}.{base64(payload)}"
    return f"{text}.{signature(text, key)}"


def test_the_same_claims_and_key_make_the_same_token_as_in_the_first_version() -> None:
    assert TOKEN == GOLDEN


@pytest.mark.documented
def test_a_token_begins_as_the_published_one() -> None:
    assert TOKEN.startswith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")
    assert json.loads(urlsafe_b64decode(HEADER + "=" * (-len(HEADER) % 4))) == {"alg": "HS256", "typ": "JWT"}


@given(claims, st.binary(min_size=1, max_size=64))
def test_a_token_is_an_hs256_jwt_to_everybody_else(content: Claims, key: bytes) -> None:
    header, payload, mark = token.issue(content, key).split(".")
    said = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert mark == signature(f"{header}.{payload}", key)
    assert said == {
        "sub": content.sub,
        "iat": content.iat,
        "exp": content.exp,
        "sid": content.sid,
        "world": content.world,
    }


@given(claims, st.binary(min_size=1, max_size=64))
def test_an_issued_token_is_read_again(content: Claims, key: bytes) -> None:
    assert token.read(token.issue(content, key), key) == content


def test_a_token_made_elsewhere_with_the_key_is_read() -> None:
    assert token.read(signed({"alg": "HS256", "typ": "JWT"}, SAID), KEY) == Claims("17", 0, 9, 1, "default")


def other(char: str) -> str:
    return "A" if char != "A" else "B"


@given(st.integers(0, len(TOKEN) - 2))
def test_a_token_with_another_character_is_none(i: int) -> None:
    assert token.read(TOKEN[:i] + other(TOKEN[i]) + TOKEN[i + 1 :], KEY) is None


@given(st.integers(0, len(TOKEN) - 1))
def test_a_token_cut_short_is_none(length: int) -> None:
    assert token.read(TOKEN[:length], KEY) is None


HEAD, PAYLOAD, MARK = TOKEN.split(".")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("..", id="empty segments"),
        pytest.param(f"{HEAD}.{PAYLOAD}", id="no signature"),
        pytest.param(f"{HEAD}.{PAYLOAD}.", id="an empty signature"),
        pytest.param(f"{HEAD}.{PAYLOAD}.{MARK}=", id="padding"),
        pytest.param(f"{HEAD}.{PAYLOAD}.{MARK}.{MARK}", id="four segments"),
        pytest.param(f"{TOKEN} ", id="a space"),
        pytest.param(TOKEN.lower(), id="lower case"),
        pytest.param(signed({"alg": "none"}, SAID).rpartition(".")[0] + ".", id="alg none, unsigned"),
        pytest.param(signed({"alg": "none", "typ": "JWT"}, SAID), id="alg none, signed"),
        pytest.param(signed({"alg": "HS512", "typ": "JWT"}, SAID), id="another alg"),
        pytest.param(signed({"alg": "HS256", "typ": "JWT"}, b"{}"), id="no claims"),
        pytest.param(signed({"alg": "HS256", "typ": "JWT"}, b"\xff"), id="no text"),
        pytest.param(signed({"alg": "HS256", "typ": "JWT"}, b"[1]"), id="an array"),
        pytest.param(signed({"alg": "HS256", "typ": "JWT"}, b'{"sub":17}'), id="a number as subject"),
        *(
            pytest.param(signed({"alg": "HS256", "typ": "JWT"}, SAID.replace(b'"17"', subject)), id=f"subject {i}")
            for i, subject in enumerate((b'"x"', b'""', b'"1_0"', b'"-1"', b'"%s"' % (b"9" * 1500)))
        ),
        pytest.param(f"{HEAD}.x.{signature(f'{HEAD}.x', KEY)}", id="no base64"),
        pytest.param(f"{HEAD}.ü.{signature(f'{HEAD}.ü', KEY)}", id="not ASCII, signed"),
        pytest.param("ÿ" * 100, id="not ASCII"),
        pytest.param(f"{HEAD}.{PAYLOAD}.ÿ", id="a signature that is not ASCII"),
        pytest.param("." * 100_000, id="huge"),
        pytest.param(f"{HEAD}.{'A' * 1_000_000}.{MARK}", id="a huge payload"),
    ],
)
def test_a_text_that_the_key_did_not_sign_is_no_token(text: str) -> None:
    assert token.read(text, KEY) is None


@given(st.text(st.characters(codec="utf-8")))
def test_no_garbage_is_a_token(text: str) -> None:
    assert token.read(text, KEY) is None


def test_a_token_of_another_key_is_none() -> None:
    assert token.read(TOKEN, b"K" * 32) is None


@pytest.mark.parametrize(
    ("now", "ttl", "iat", "exp"),
    [
        (from_iso("2026-06-07T12:00:00Z"), 30 * 60 * SECOND, 1_780_833_600, 1_780_835_400),
        (10 * SECOND + 1, 1, 10, 11),
        (10 * SECOND, 0, 10, 10),
        (0, None, 0, LONGEST_DURATION // SECOND),
    ],
)
def test_a_token_says_whole_seconds_and_lasts_no_shorter_than_its_time(
    now: int, ttl: int | None, iat: int, exp: int
) -> None:
    assert token.claims(17, 1, "default", now, ttl) == Claims("17", iat, exp, 1, "default")


def test_a_link_is_signed_as_in_the_first_version() -> None:
    assert token.sign("/media/1842/0.png", KEY) == "LevcB8PmSUHE3YI5EV9wPQ"


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_a_signature_is_good_for_its_own_text_and_key_only(text: str, another: str) -> None:
    mark = token.sign(text, KEY)
    assert token.signed(text, mark, KEY)
    assert token.signed(another, mark, KEY) is (another == text)
    assert not token.signed(text, mark, b"K" * 32)
    assert not token.signed(text, another, KEY)
