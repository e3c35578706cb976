"""The figures of a server in the formats of Prometheus and OpenMetrics, computed at each request.

The counters by operation, status and rule never fall, because the counts of a discarded world stay.
"""

import platform
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from mockserver.core.wording import printable
from mockserver.http.control.answers import Raw
from mockserver.http.control.journal import NONE
from mockserver.release import release
from mockserver.world.refused_hosts import RefusedHosts
from mockserver.world.worlds import Worlds

_OPENMETRICS: Final = "application/openmetrics-text"


def exposition(figures: "Figures", accept: str) -> Raw:
    """Write the figures of the server and its process: as OpenMetrics if the header `Accept` names it, else as text."""
    # A registry of its own each time: the library's has figures of the whole process, which may be a client's too.
    registry = CollectorRegistry()
    registry.register(figures)
    ProcessCollector(registry=registry)
    # Of the header no more than this: the library fails where a version is no number.
    kinds = [kind.partition(";")[0].strip().lower() for kind in accept.split(",")]
    write, content_type = choose_encoder(_OPENMETRICS if _OPENMETRICS in kinds else "")
    return Raw(write(registry), content_type.encode())


class Figures(Collector):
    """The counts and sizes of a server, summed over its worlds. `lag` is the delay of its event loop in seconds."""

    def __init__(self, worlds: Worlds, refused: RefusedHosts, lag: float) -> None:
        self._worlds = worlds
        self._refused = refused
        self._lag = lag

    def collect(self) -> Iterator[Metric]:
        """Yield each figure with its description."""
        yield from self._counts()
        yield from self._holdings()
        about = {"version": release(), "python": platform.python_version()}
        yield InfoMetricFamily("imaginelab_mock_build", "Which release runs, on which Python.", about)
        yield GaugeMetricFamily(
            "imaginelab_mock_event_loop_lag_seconds", "How late the event loop did what was due now.", self._lag
        )

    def _counts(self) -> Iterator[Metric]:
        exchanges = (
            ((operation or NONE, str(status or NONE)), count)
            for (operation, status), count in self._worlds.answers().items()
        )
        yield _counted("exchanges", "Requests to the API.", ("operation", "status"), exchanges)
        hits = (((cause.name, cause.place), count) for cause, count in self._worlds.causes().items())
        yield _counted("rule_hits", "Exchanges that a rule of a scenario had a hand in.", ("rule", "place"), hits)
        yield CounterMetricFamily(
            "imaginelab_mock_refused_hosts", "Requests for other hosts by way of this server.", self._refused.total
        )

    def _holdings(self) -> Iterator[Metric]:
        present = self._worlds.present.values()
        for name, about, value in (
            ("worlds", "Worlds that there are.", len(present)),
            ("worlds_max", "Worlds that there can be.", self._worlds.bounds.worlds),
            (
                "generations",
                "Generations in the worlds that there are.",
                sum(len(each.generations) for each in present),
            ),
            ("listeners", "Listeners to events.", sum(len(each.events.listeners) for each in present)),
        ):
            yield GaugeMetricFamily(f"imaginelab_mock_{name}", about, value)


def _counted(
    name: str, about: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"imaginelab_mock_{name}", about, labels=labels)
    for values, count in sorted(counts):
        family.add_metric([printable(value) for value in values], count)
    return family
