"""An emulator made from options: `serve` serves it in the foreground, `run` in a thread."""

from pathlib import Path
from typing import Final

from msgspec import Struct
from starlette.types import ASGIApp

from mockserver.http.app import Settings, application
from mockserver.http.guard import Guard
from mockserver.http.tunnel import Tunnels
from mockserver.language.loaded import FixedSource, LoadedScenario, Source
from mockserver.options.server import Options
from mockserver.tls.authority import API_HOST, NAMES, Authority, ServerTls
from mockserver.world.log import Log, RefusedHost, Warned
from mockserver.world.refused_hosts import RefusedHosts
from mockserver.world.worlds import Worlds

COLLECTED_AFTER: Final = (700, 10, 100)
"""When the garbage collector of `serve` runs: Python's own thresholds, but full collections are ten times as rare.

Measured on 2026-12-01 with Python 3.11.7 and msgspec 0.22.0, on a busy machine. With any thresholds 20,000 status
requests never trigger it, because they leave no cycles. A create pays 4 µs of 80. With Python's own third threshold,
10, it pays 15 µs, and a full collection stops all requests for 0.3 s if a world has 100,000 generations. A higher first
threshold has no measurable gain, and lets garbage grow.
"""


class Emulator(Struct, frozen=True):
    """One emulator: an application, its worlds, and the hosts that it answers for as a proxy."""

    app: ASGIApp
    worlds: Worlds
    tunnels: Tunnels

    @property
    def tls(self) -> ServerTls:
        """The authority and the context for TLS."""
        return self.tunnels.vouching


def emulator(options: Options, loaded: LoadedScenario, log: Log) -> Emulator:
    """Make an emulator that plays a scenario with these options; `log` gets its messages while it runs.

    Raises CannotKeep if the folder cannot keep the authority, LibraryMissing if TLS is wanted without the extra.
    """
    worlds = Worlds(_source(loaded, options, log), options.bounds, options.applied)
    tunnels = Tunnels(
        options.tls_host, _server_tls(options), RefusedHosts(lambda host, port: log(RefusedHost(host, port)))
    )
    names = () if options.encrypted_port is None else (API_HOST,)
    settings = Settings(
        public_url=options.public_url,
        log=None if options.quiet else log,
        guard=Guard((*options.allow_host, *options.tls_host, *names, options.host), options.control_token),
        tunnels=tunnels,
    )
    return Emulator(application(worlds, settings), worlds, tunnels)


def _server_tls(options: Options) -> ServerTls:
    names = (*NAMES, *options.tls_host)
    if options.ca_dir is None:
        return ServerTls(lambda: Authority(*names))
    from mockserver.tls.truststore import publish  # not at the top: only a kept authority is published

    folder = Path(options.ca_dir)
    tls = ServerTls(lambda: Authority.kept(folder, *names))
    publish(tls.authority, folder)
    return tls


def _source(loaded: LoadedScenario, options: Options, log: Log) -> Source:
    if not options.reload:
        return FixedSource(loaded)
    from mockserver.serve.reload import Reloading  # not at the top: only `--reload` needs it

    if not loaded.files:
        log(Warned("without a file there is nothing to reload"))
    return Reloading(loaded, log)
