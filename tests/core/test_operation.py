import pytest

from mockserver.core.operation import POLLS, Operation


@pytest.mark.documented
@pytest.mark.parametrize("word", ["signup", "login", "me", "forgot_password", "models", "create", "status", "result"])
def test_every_route_that_the_reference_names_is_an_operation(word: str) -> None:
    assert Operation(word) == word


@pytest.mark.parametrize("operation", Operation)
def test_only_status_and_result_ask_how_a_generation_is_doing(operation: Operation) -> None:
    assert (operation in POLLS) is (operation.value in ("status", "result"))
