"""The command `imaginelab-mock`, also as `python -m mockserver`: the way to `cli.main` for a process of its own."""

import os
import signal
import sys

from mockserver.terminal import escape_unknown_characters, open_closed_streams


def run() -> None:
    """Run the command that the process was started with, and end the process."""
    # Until a server takes the signal over there is nothing to tidy up: Ctrl-C ends the process without a traceback, be
    # it in the midst of an import. Where the signal is ignored, as in the background of a script, it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The kernel keeps from the first process of a container what that does not handle: it could not be ended yet.
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    open_closed_streams()
    escape_unknown_characters()
    from mockserver.commands.main import main  # not at the top: it takes nearly all of a start

    sys.exit(main())


if __name__ == "__main__":
    run()
