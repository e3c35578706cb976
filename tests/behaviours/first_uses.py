"""A program that prints, in JSON, the seconds for which each first use of something in its process held the loop."""

import json
from functools import partial

from mockserver.http.app import application
from mockserver.language.file import parse
from tests.support.client import Client
from tests.support.customer import JSON
from tests.support.emulator import worlds_of
from tests.support.stalls import MeteredServer

SCENARIO = "clock: {mode: manual}\ngenerations: [{then: [completed]}]\n"
ORDERS = {"text": "text-standard", "image": "seedream-5.0-lite", "voice": "voice-standard", "music": "music-standard"}


def first_uses() -> dict[str, float]:
    held: dict[str, float] = {}
    scenario = parse(SCENARIO, "first.yaml").scenario
    with MeteredServer(application(worlds_of(scenario))) as server, Client(server.url) as client:
        you, control = client.login(), client.other(base="/__mock")
        for kind, model in ORDERS.items():
            held[f"order {kind}"] = server.taken(partial(you.order, generation_type=kind, model_name=model))
        for item in you.read("/generations").json["items"]:
            if item["generation_type"] != "text":
                held[f"file {item['generation_type']}"] = server.taken(partial(client.read, item["outputs"][0]))
        fault = json.dumps({"on": "create", "calls": 9, "then": {"status": 500}}).encode()
        held["control fault"] = server.taken(lambda: control.ask("POST", "/faults", fault, {"Content-Type": JSON}))
        for path in ("health", "openapi.json", "control.json", "metrics", "scenarios", "ca.pem"):
            held[f"control {path}"] = server.taken(partial(control.read, f"/{path}"))
    return held


if __name__ == "__main__":
    print(json.dumps(first_uses()))
