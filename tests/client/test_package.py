"""The client imports only itself and the standard library, and only a little of the library before its first use."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mockserver.client

FOLDER = Path(mockserver.client.__file__).parent
LOADED = "import sys; {}; print(*sorted(sys.modules))"


def loaded(statement: str) -> set[str]:
    program = [sys.executable, "-c", LOADED.format(statement)]
    return set(subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout.split())


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.stem)
def test_each_module_imports_the_standard_library_and_the_client_alone(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            assert name.split(".")[0] in sys.stdlib_module_names or name.startswith("mockserver.client."), name


def test_importing_the_client_loads_neither_the_network_nor_the_rest_of_the_package() -> None:
    modules = loaded("import mockserver.client")
    assert not modules & {"http.client", "ssl", "socket", "asyncio", "email", "urllib.request", "msgspec", "starlette"}
    assert {name for name in modules if name.startswith("mockserver.") and "client" not in name} == set()


def test_using_the_client_loads_no_event_loop() -> None:
    assert "asyncio" not in loaded("from mockserver.client import MockServer; MockServer('http://127.0.0.1:1')")


def test_all_public_names_are_listed() -> None:
    assert sorted(mockserver.client.__all__) == sorted(
        name
        for name, value in vars(mockserver.client).items()
        if isinstance(value, type) and value.__module__.startswith("mockserver.client.")
    )
