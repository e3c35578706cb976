"""A seeded mutator of scenario files: it makes the damage that hands, editors and generators of YAML make."""

import re
from collections.abc import Callable
from random import Random
from typing import Final

RICH: Final = """\
description: Everything that a scenario can say, in about the words that people use.
seed: 7
clock: {mode: poll, step: 2s, rate: 1, start: 2026-06-07T12:00:00Z}
accounts:
  - &you {email: you@example.com, password: YOUR_PASSWORD, credits: 500, plan: Titan Studio, api_key: il_test_1}
  - email: b@example.com
    password: "1234"
    id: 30
models:
  - {name: seedream-5.0-lite, generation_type: image}
  - {name: kling-pro, generation_type: video, credit_cost: 22, from: 0s, until: 30s}
generations:
  - name: skyline
    when: {generation_type: video, prompt: "*skyline*", settings.aspect_ratio: 16:9, project_id: [null, 5]}
    calls: 1
    then:
      - pending: 2s
      - processing: {for: 30s, progress: [5, 40, 40, 60]}
      - failed: {error: Upstream model error}
  - when: {generation_type: image}
    calls: [1, "3-5", "7-"]
    then: [{pending: 2s}, {processing: 3s}, {completed: {outputs: 2}}]
    visible_after: 500ms
    cost: 3
  - then:
      - processing: 4s
      - completed: {for: 2s, outputs: []}
      - completed
faults:
  - name: lost
    on: create
    when: {account: you@example.com, header.X-Team: a}
    calls: "2-4"
    phase: after
    then: {drop: reset}
  - on: [status, result]
    counted: generation
    calls: {every: 3}
    then: {status: 502, text: nginx-502, headers: {Server: edge}}
  - on: status
    when: {id: 1842, status: processing}
    between: [0s, 600s]
    then: {patch: {progress: null, eta: 12}, remove: [status], delay: 300ms}
  - on: any
    chance: 0.2
    then: {delay: 1ms, drip: {bytes: 16, every: 50ms}}
  - on: login
    calls: 3
    then: {status: 429, retry_after: {in: 30s, as: http-date}}
  - on: me
    then: {status: 200, body: {detail: [1, {a: true}]}, content_type: application/problem+json}
  - on: history
    then: {drop: {truncate: 0.5}}
limits:
  - {on: create, allow: 10, per: 60s, by: account}
  - {on: create, active: 3}
  - on: any
    allow: 50
    per: 10s
    by: world
    then: {status: 403, text: waf-403, retry_after: null}
wallet: {refund_failed: true, refund_deleted: false, refund_delay: 1m, signup_credits: 3}
tokens: {ttl: 30m}
media: {ttl: 10m, reject_authorization: true}
api:
  unknown_models: accept
  prompt_max: 50
  body_max: 2MiB
  create_status: 202
  order: oldest-first
  validation: fastapi-422
  page_size: 5
  cors: http://localhost:3000
"""

SMALL: Final = """\
# What most files look like.
description: The second create is lost, and polls are slow.
faults:
  - on: create
    calls: 2
    phase: after
    then: {drop: reset}
  - on: status
    then: {delay: 300ms}
"""

JUNK: Final = (
    *("", "~", "true", "no", "5", "-1", "0", "1.5", "1e400", "9" * 500, "2s", "2d", "any", "[]", "{}", "[[1]]"),
    *("{a: 1}", "x" * 5_000, "*you", "&you", "*", "!tag x", "<<: *you", "'", '"', "|", "é", "𝕏", "\\", "010", ".nan"),
    *("create", "status", "then", "when", "null", "- ", ": ", "---", "...", "%YAML 1.1", "?", "\t", "\r", "\0", "\x85"),
)

Mutation = Callable[[Random, list[str]], list[str]]


def _swap_two_keys(chance: Random, lines: list[str]) -> list[str]:
    i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
    (key, colon, value), (other, semicolon, rest) = lines[i].partition(":"), lines[j].partition(":")
    lines[i], lines[j] = other + semicolon + value, key + colon + rest
    return lines


def _change_a_value(chance: Random, lines: list[str]) -> list[str]:
    i = chance.randrange(len(lines))
    lines[i] = f"{lines[i].partition(':')[0]}: {chance.choice(JUNK)}"
    return lines


def _change_a_word(chance: Random, lines: list[str]) -> list[str]:
    i = chance.randrange(len(lines))
    words = lines[i].split(" ")
    words[chance.randrange(len(words))] = chance.choice(JUNK)
    lines[i] = " ".join(words)
    return lines


def _change_a_number(chance: Random, lines: list[str]) -> list[str]:
    numbers = ("0", "1", "2", "3", "17", "99", "100", "204", "429", "600", "1842", "2000000000", str(2**63))
    i = chance.choice([i for i, line in enumerate(lines) if re.search(r"\d", line)] or [0])
    lines[i] = re.sub(r"\d+", lambda _: chance.choice(numbers), lines[i], count=chance.choice([1, 1, 2]))
    return lines


def _borrow_a_word(chance: Random, lines: list[str]) -> list[str]:
    """Replace a word by another word of the file."""
    words = re.findall(r"[\w-]+", RICH)
    i = chance.randrange(len(lines))
    lines[i] = re.sub(r"[\w-]+", lambda word: chance.choice([word[0], chance.choice(words)]), lines[i], count=3)
    return lines


def _misspell(chance: Random, lines: list[str]) -> list[str]:
    i = chance.randrange(len(lines))
    at = chance.randrange(len(lines[i]) + 1)
    lines[i] = lines[i][:at] + chance.choice(["", "x", " ", ":", ",", "-"]) + lines[i][at + 1 :]
    return lines


def _repeat_a_line(chance: Random, lines: list[str]) -> list[str]:
    i = chance.randrange(len(lines))
    return lines[:i] + [lines[i]] * chance.choice([2, 3, 2_000]) + lines[i + 1 :]


def _move_a_line(chance: Random, lines: list[str]) -> list[str]:
    lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
    return lines


def _leave_a_line_out(chance: Random, lines: list[str]) -> list[str]:
    del lines[chance.randrange(len(lines))]
    return lines


def _indent(chance: Random, lines: list[str]) -> list[str]:
    i = chance.randrange(len(lines))
    lines[i] = chance.choice(["\t", " ", "    ", "- ", "  - " * 70]) + lines[i].lstrip()
    return lines


def _remove_quotes(chance: Random, lines: list[str]) -> list[str]:
    return [line.replace('"', "") if chance.random() < 0.5 else line for line in lines]


def _truncate(chance: Random, lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    return text[: chance.randrange(1, len(text) + 1)].split("\n")


def _alias(chance: Random, lines: list[str]) -> list[str]:
    """Give a part a name, and use the name in place of another part."""
    i, j = sorted(chance.sample(range(len(lines)), 2)) if len(lines) > 1 else (0, 0)
    lines[i] = lines[i].replace(": ", ": &part ", 1).replace("- ", "- &part ", 1 if ": " not in lines[i] else 0)
    lines[j] = f"{lines[j].partition(':')[0]}: *part"
    return lines


def _strew_bytes(chance: Random, lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chr(chance.choice([*range(256), 0x2028, 0xFEFF, 0xD800, 0x1F600])) + text[at:]
    return text.split("\n")


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _swap_two_keys,
    _change_a_value,
    _change_a_word,
    _change_a_number,
    _change_a_number,
    _change_a_number,
    _borrow_a_word,
    _misspell,
    _misspell,
    _repeat_a_line,
    _move_a_line,
    _leave_a_line_out,
    _indent,
    _remove_quotes,
    _truncate,
    _alias,
    _strew_bytes,
)


def mutated(seed: int) -> str:
    """Return a scenario file with one to three injuries, the same for the same seed."""
    chance = Random(seed)  # noqa: S311 - nothing here is a secret, and every run is to try the same files
    lines = chance.choice([RICH, RICH, SMALL]).splitlines()
    for _ in range(chance.choice([1, 1, 2, 3])):
        lines = chance.choice(MUTATIONS)(chance, lines) or [""]
    return "\n".join(lines)
