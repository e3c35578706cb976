"""Make the world of one test before the test, and discard the world after the test, even if the test fails."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from mockserver.client.errors import ControlError
from mockserver.testing.imaginelab import Imaginelab
from mockserver.testing.play import CannotPlay, Play, world_name
from mockserver.testing.session_server import SessionServer


@contextmanager
def world_for_test(test: str, server: SessionServer, wanted: Play, rerun: str) -> Iterator[Imaginelab]:
    """Make a world for a test, named by the test's id, play the scenario of its marker, and discard it at the end.

    `rerun` is the command that runs the test alone. Raises CannotPlay at the beginning if the scenario
    cannot be played. Raises BlockedHosts at the end if the test tried to reach a blocked host.
    """
    world = Imaginelab(server, world_name(test), wanted.mode, rerun)
    with ExitStack() as ending:
        ending.callback(_discard, world)
        try:
            world.begin(wanted.scenario, wanted.seed)
        except ControlError as refusal:
            raise CannotPlay(str(refusal)) from refusal
        if wanted.intercept or wanted.block:
            ending.enter_context(world.intercepted(block=wanted.block))
        if wanted.virtual_sleep:
            # Not at the top: it brings asyncio, and few tests need it.
            from mockserver.testing.sleeping import sleeping

            ending.enter_context(sleeping(world, server.middleware, wanted))
        yield world


def _discard(world: Imaginelab) -> None:
    # A server that is gone has no worlds, and the test has failed already.
    with suppress(ControlError):
        world.discard()
