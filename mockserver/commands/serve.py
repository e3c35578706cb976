"""The command `serve`: play a scenario until a signal stops it."""

import gc
import os
from argparse import Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from mockserver.commands.arguments import Commands, Misused, Parser
from mockserver.commands.scenarios import load_scenario
from mockserver.language.file import ScenarioError
from mockserver.language.loaded import LoadedScenario
from mockserver.options.server import PREFIX, Options, add_serve_options, read_options, unknown_variables
from mockserver.terminal import NEVER_FIRED, USER_ERROR, CannotWrite, raw_standard_error, say

if TYPE_CHECKING:
    from mockserver.world.log import Log

_EPILOG: Final = f"Each option has a variable, such as {PREFIX}PORT=0 or {PREFIX}STRICT=1; the command line wins."


def add(commands: "Commands[Parser]") -> None:
    """Add the command `serve`."""
    parser = commands.add_parser("serve", help="play a scenario until stopped", epilog=_EPILOG)
    add_serve_options(parser)
    parser.set_defaults(run=_serve)


def _serve(given: Namespace) -> int:
    # Not at the top: it imports Python's logging, which the check of a file does not need.
    from mockserver.world.log import Failed, Warned, as_json, as_text
    from mockserver.world.log_writer import LogWriter

    options = read_options(given, os.environ)
    form = as_json() if options.log_format == "json" else as_text
    with LogWriter(form, *raw_standard_error()) as log:

        def warn(text: object) -> None:
            log(Warned(str(text)))

        for sentence in unknown_variables(os.environ):
            warn(sentence)
        try:
            return _play(load_scenario(options.scenario, warn), options, log)
        except ScenarioError as error:
            for problem in error.problems:
                log(Failed(str(problem)))
        except CannotWrite as error:
            log(Failed(f"imaginelab-mock: {error}"))
        return USER_ERROR


def _play(loaded: LoadedScenario, options: Options, log: "Log") -> int:
    # Not at the top: the check of a file does not need the web framework.
    from mockserver.serve import server
    from mockserver.serve.descriptors import TooFewDescriptors, require_at_most
    from mockserver.serve.emulator import COLLECTED_AFTER, emulator
    from mockserver.serve.listen import AddressError, listen, url
    from mockserver.tls.authority import LibraryMissing
    from mockserver.tls.folder import CannotKeep
    from mockserver.world.log import Failed, Warned, forwarded_loggers

    seed = options.applied(loaded.scenario).seed
    with ExitStack() as stack:
        try:
            require_at_most()
            plain = stack.enter_context(listen(options.host, options.port))
            made = emulator(options, loaded, log)
            where, encrypted = url(plain), None
            if options.encrypted_port is not None:
                if options.encrypted_port == options.port != 0:
                    raise Misused(f"serve: --port and --https-port are both {options.port}; give each its own")
                listener = stack.enter_context(listen(options.host, options.encrypted_port))
                encrypted = listener, made.tls.authority.context
                where += f" and {url(listener, 'https')}"
        except (AddressError, CannotKeep, LibraryMissing, TooFewDescriptors) as error:
            log(Failed(f"imaginelab-mock: {error}"))
            return USER_ERROR
        stack.enter_context(forwarded_loggers(log))
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        line = f"imaginelab-mock listening on {where} (scenario {loaded.name}, seed {seed})"
        server.serve(made.app, server.Listeners(plain, encrypted, made.tunnels), lambda: say(line))
    idle = made.worlds.never_fired()
    for rule in idle:
        log(Warned(str(rule)))
    return NEVER_FIRED if idle and options.strict else 0
