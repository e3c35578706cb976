"""Redirect this process's connections to the real API to the mock, until a `with` block ends.

The client's code and the machine's settings stay unchanged. The interception replaces a few functions of the standard
library. It also replaces functions of the libraries that connect without the standard library.
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
    """Redirects connections to port 443 of `host` to the mock at `address`; `authority` issued the mock's certificate.

    `address` is an IPv4 address of this machine and a port. Other hosts stay reachable. With `block`, a connection to
    another host raises BlockedHost, except to this machine and to the names and addresses in `allow`.

    It applies to all threads, and to processes forked during the block. An interception can be entered again within
    its own block and after the block. Interceptions can be nested: the innermost is in force. An interception does not
    apply to programs started during the block, to clients that query name servers directly, or to pycurl handles made
    before the block.

    A TLS context made during the block that connected only to the mock trusts only the mock after the block.
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
        """A sentence for each refused host, once each, in order of refusal, even if the client caught the error."""
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
        """Make connections to the host fail from now on, until `recover` is called.

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
