"""An emulator as its options have it, ready to be served: in the foreground by `serve`, in a thread by `run`."""

from pathlib import Path
from typing import Final

from msgspec import Struct
from starlette.types import ASGIApp

from mockserver.http.app import Settings, application
from mockserver.http.control.guard import Guard
from mockserver.http.tunnel import Tunnels
from mockserver.language.loaded import FixedSource, LoadedScenario, Source
from mockserver.options import Options
from mockserver.tls.authority import API_HOST, NAMES, Authority
from mockserver.tls.vouching import Vouching
from mockserver.world.log import Log, RefusedHost, Warned
from mockserver.world.refused_hosts import RefusedHosts
from mockserver.world.worlds import Worlds

COLLECTED_AFTER: Final = (700, 10, 100)
"""When the garbage collector of `serve` runs: Python's own thresholds, but full collections are ten times as rare.

Measured on 2026-12-01 with Python 3.11.7 and msgspec 0.22.0, on a busy machine. 20,000 status requests make it run not
once, whatever the thresholds: they leave no cycles. A create pays 4 µs of 80. With Python's own third threshold, 10, it
pays 15 µs, and a full collection holds all requests for 0.3 s where a world has 100,000 generations. A higher first
threshold gains nothing that can be measured, and lets garbage grow.
"""


class Emulator(Struct, frozen=True):
    """One emulator: an application, the worlds that it plays, and where it leads as a proxy."""

    app: ASGIApp
    worlds: Worlds
    tunnels: Tunnels

    @property
    def vouching(self) -> Vouching:
        """Who vouches for it over TLS."""
        return self.tunnels.vouching


def emulator(chosen: Options, script: LoadedScenario, log: Log) -> Emulator:
    """Return what these options make of a script; `log` is told what it has to say while it runs.

    CannotKeep where the folder for the authority is of no use, LibraryMissing where one is asked for without the extra.
    """
    worlds = Worlds(_source(script, chosen, log), chosen.bounds, chosen.applied)
    tunnels = Tunnels(chosen.tls_host, _vouching(chosen), RefusedHosts(lambda host, port: log(RefusedHost(host, port))))
    names = () if chosen.encrypted_port is None else (API_HOST,)
    settings = Settings(
        public_url=chosen.public_url,
        log=None if chosen.quiet else log,
        guard=Guard((*chosen.allow_host, *chosen.tls_host, *names, chosen.host), chosen.control_token),
        tunnels=tunnels,
    )
    return Emulator(application(worlds, settings), worlds, tunnels)


def _vouching(chosen: Options) -> Vouching:
    names = (*NAMES, *chosen.tls_host)
    if chosen.ca_dir is None:
        return Vouching(lambda: Authority(*names))
    from mockserver.tls.truststore import publish  # not at the top: only an authority that is kept is published

    folder = Path(chosen.ca_dir)
    vouching = Vouching(lambda: Authority.kept(folder, *names))
    publish(vouching.authority, folder)
    return vouching


def _source(script: LoadedScenario, chosen: Options, log: Log) -> Source:
    if not chosen.reload:
        return FixedSource(script)
    from mockserver.serve.reload import Reloading  # not at the top: only `--reload` needs it

    if not script.files:
        log(Warned("without a file there is nothing to reload"))
    return Reloading(script, log)
