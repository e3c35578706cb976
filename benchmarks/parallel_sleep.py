"""The share of runs in which twenty clients that sleep at once see exactly the polls of real time.

Tests check that their results are always the same; the number of polls depends on how a busy machine schedules them.
"""

from benchmarks.fixture import session
from benchmarks.rounds import Spread
from benchmarks.run import Readings, Run

EXACT = "exact.txt"
TRIES = 5  # of each kind, in one session

# Each client polls at ages 0, 2, 4, 6 and 8 s; a hundred credits are enough for all of them.
CLIENTS = f"""
import asyncio, json, threading, time
from urllib.parse import urlsplit

CLIENTS = 20
ORDER = json.dumps({{"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "x"}}).encode()


async def ask(world, token, method, path, body=b""):
    parts = urlsplit(world.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [f"{{method}} {{parts.path}}{{path}} HTTP/1.1", "Host: mock", "Connection: close"]
    lines += [f"Authorization: Bearer {{token}}", f"Content-Length: {{len(body)}}", "Content-Type: application/json"]
    writer.write("\\r\\n".join([*lines, "", ""]).encode() + body)
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\\r\\n\\r\\n")[2])


async def poll(world, token, sleep):
    number = (await ask(world, token, "POST", "/generations", ORDER))["id"]
    while (await ask(world, token, "GET", f"/generations/{{number}}/status"))["status"] != "completed":
        await sleep(2)


def note(world):
    finished = sum(view.status == "completed" for view in world.generations.views())
    assert finished == CLIENTS
    with open("{EXACT}", "a") as file:
        file.write(f"{{world.journal.count(operation='status') == 5 * CLIENTS}}\\n")


async def blocking(seconds):
    time.sleep(seconds)


@pytest.mark.imaginelab(virtual_sleep=True)
@pytest.mark.parametrize("number", range({TRIES}))
def test_threads(imaginelab, number):
    token = imaginelab.token()
    threads = [
        threading.Thread(target=asyncio.run, args=(poll(imaginelab, token, blocking),)) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note(imaginelab)


@pytest.mark.imaginelab(virtual_sleep=True)
@pytest.mark.parametrize("number", range({TRIES}))
def test_tasks(imaginelab, number):
    token = imaginelab.token()

    async def all_of_them():
        await asyncio.gather(*(poll(imaginelab, token, asyncio.sleep) for _ in range(CLIENTS)))

    asyncio.run(all_of_them())
    note(imaginelab)
"""


def parallel_sleep(run: Run) -> Readings:
    """Run sessions; return for each the percentage of tests whose counts were exact."""
    shares = []
    for _ in range(run.effort.rounds):
        folder = session(run.scratch, CLIENTS)
        said = (folder / EXACT).read_text(encoding="utf-8").split()
        shares.append(100 * said.count("True") / len(said))
    return {"parallel-sleep": Spread.of(shares)}
