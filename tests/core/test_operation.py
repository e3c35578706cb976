import pytest

from mockserver.core.operation import Operation


@pytest.mark.documented
@pytest.mark.parametrize("word", ["signup", "login", "me", "forgot_password", "models", "create", "status", "result"])
def test_every_route_that_the_reference_names_is_an_operation(word: str) -> None:
    assert Operation(word) == word
