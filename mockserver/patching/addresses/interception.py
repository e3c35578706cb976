"""Send the clients of this process to the mock when they mean the real API, until a `with` block ends.

Neither client nor machine changes. The interception replaces a few functions of the standard library that clients
call, and functions of the libraries that do not call those.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

from mockserver.patching.addresses.environment import BUNDLES, prepared
from mockserver.patching.addresses.failures import Failure, FailureKind
from mockserver.patching.addresses.libraries import actions
from mockserver.patching.addresses.patch_points import install
from mockserver.patching.addresses.patches import ImportHook, Patches
from mockserver.patching.addresses.route import Route
from mockserver.patching.addresses.trust import Trust
from mockserver.tls.authority import API_HOST, Authority


class Interception:
    """Connections to port 443 of `host` go to `address`, the mock's, whose certificate is from `authority`.

    `address` is an IPv4 address of this machine and a port. Other hosts are reached as ever; with `block` they raise
    BlockedHost, unless `allow` names them (names or addresses), or they are this machine.

    Clients may be in any thread and in processes forked meanwhile. An interception may be entered again within itself
    and after its end; several may be nested, and the innermost counts. It does not cover programs started meanwhile,
    clients that ask name servers themselves, and handles of pycurl that were made before.

    A TLS context that was made meanwhile and met only the mock trusts only the mock afterwards.
    """

    def __init__(
        self,
        address: tuple[str, int],
        authority: Authority,
        host: str = API_HOST,
        *,
        block: bool = False,
        allow: Iterable[str] = (),
    ) -> None:
        self._route = Route(host, address, block=block, allow=allow)
        self._authority = authority
        self._failures: list[Failure] = []
        self._depth = 0
        self._installed = ExitStack()

    @property
    def blocked(self) -> tuple[str, ...]:
        """A sentence for each refused host, in their order, each once; also if the client hid the error."""
        return tuple(self._route.blocked)

    def __enter__(self) -> Self:
        if not self._depth:
            with ExitStack() as installing:
                self._install(installing)
                self._installed = installing.pop_all()
        self._depth += 1
        return self

    def _install(self, installing: ExitStack) -> None:
        before = installing.enter_context(prepared(self._route.host, self._authority.file))
        trust = Trust(self._route, self._authority, [before[name] for name in BUNDLES if before.get(name)])
        patches = Patches(self._route.host)
        installing.callback(patches.end)
        install(patches, self._route, trust)
        import_hook = ImportHook(actions(patches, self._route, trust))
        installing.callback(import_hook.end)
        import_hook.begin()
        installing.callback(self.recover)

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._installed.close()

    def fail(self, what: str) -> AbstractContextManager[object]:
        """Let connections to the host fail from now on, until `recover` is called.

        In a `with` statement they fail until the end of its block. `what` is `dns`, `refused`, `connect-timeout` or
        `untrusted`. Each client raises its own error. With `connect-timeout` a client fails after its own time-out; a
        blocking client without a time-out fails at once. A later call replaces an earlier one.
        """
        if what not in [*FailureKind]:
            raise ValueError(f"expected one of {', '.join(FailureKind)}, found {what!r}")
        failure = Failure(FailureKind(what), self._authority)
        self._failures.append(failure)
        self._settle()
        ending = ExitStack()
        ending.callback(self._end, failure)
        return ending

    def recover(self) -> None:
        """Let connections succeed again."""
        for failure in tuple(self._failures):
            self._end(failure)

    def _end(self, failure: Failure) -> None:
        if failure in self._failures:
            self._failures.remove(failure)
            self._settle()
            failure.end()

    def _settle(self) -> None:
        self._route.failure = self._failures[-1] if self._failures else None
