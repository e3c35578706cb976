"""The process of `imaginelab-mock`, also as `python -m mockserver`: prepare it, then call `commands.main`."""

import os
import signal
import sys

from mockserver.terminal import escape_unknown_characters, open_closed_streams


def run() -> None:
    """Run the command of the process's arguments, and end the process."""
    # Until a server handles the signal there is nothing to tidy up: Ctrl-C ends the process without a traceback, even
    # during an import. If the signal is ignored, as in the background of a script, it stays ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The kernel does not deliver unhandled signals to the first process of a container, so `docker stop` would wait.
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    open_closed_streams()
    escape_unknown_characters()
    from mockserver.commands.main import main  # not at the top: its import is nearly all of the start

    sys.exit(main())


if __name__ == "__main__":
    run()
