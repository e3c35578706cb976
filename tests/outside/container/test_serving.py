"""The server in a container: the documented calls, scenarios from outside, and TLS that a client can trust."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from . import journey
from .conftest import Run
from .engine import HARDENED, IMAGE, Container, Failed, docker

DOCUMENTED = {
    "id": 1842,
    "user_id": 17,
    "generation_type": "image",
    "model_name": "seedream-5.0-lite",
    "prompt": "A neon city skyline at dusk",
    "status": "completed",
    "credit_cost": 5,
    "created_at": "2026-06-07T12:00:00Z",
}
SHELL = shutil.which("sh") or "sh"
WITH_CA = (*HARDENED, "--volume=/ca")


def lived_as_documented(lived: journey.Journey) -> bool:
    """Tell whether the client saw the published record, five polls and a picture."""
    polls = ["pending", *["processing"] * 3, "completed"]
    return lived.record == DOCUMENTED and lived.seen == polls and lived.file.startswith(b"\x89PNG")


def test_a_client_outside_gets_the_documented_answers_on_the_poll_clock(hardened: Container) -> None:
    lived = journey.plain(hardened.address)
    assert lived_as_documented(lived)
    assert lived.link.startswith(f"http://{hardened.address}:8402/")


# ---- scenarios


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder for scenarios that every user may read."""
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("how", [{"command": ("serve", "rough.yaml")}, {"variable": "./rough.yaml"}])
def test_a_mounted_scenario_runs_on_its_own_clock(how: dict[str, object], scenarios: Path, run: Run) -> None:
    (scenarios / "rough.yaml").write_text("clock: {mode: manual}\nseed: 7\n")
    variable = f"--env=IMAGINELAB_MOCK_SCENARIO={how.pop('variable', '')}"
    container = run(*HARDENED, f"--volume={scenarios}:/scenarios:ro", variable, **how)
    container.ready()
    assert "(scenario rough, seed 7)" in container.log()
    with container.mock() as mock:
        assert mock.world().clock.mode == "manual"


def test_a_variable_sets_the_clock_of_any_scenario(run: Run) -> None:
    container = run(*HARDENED, "--env=IMAGINELAB_MOCK_CLOCK=real")
    container.ready()
    with container.mock() as mock:
        assert mock.world().clock.mode == "real"


def test_the_image_validates_scenarios(scenarios: Path) -> None:
    (scenarios / "right.yaml").write_text("seed: 7\n")
    (scenarios / "wrong.yaml").write_text("sead: 7\n")
    words = ("run", "--rm", *HARDENED, f"--volume={scenarios}:/scenarios:ro", IMAGE, "validate")
    assert docker(*words, "right.yaml") == "right.yaml: valid"
    with pytest.raises(Failed, match=r"wrong\.yaml:1:1: .*seed"):
        docker(*words, "wrong.yaml")


# ---- TLS


def published(container: Container, folder: Path) -> Path:
    """Copy the folder in which the container publishes its certificates and variables."""
    docker("cp", f"{container.number}:/ca", str(folder))
    return folder / "ca"


def test_a_client_that_trusts_the_published_files_is_served_over_tls(run: Run, tmp_path: Path) -> None:
    container = run(*WITH_CA, command=("serve", "--tls", "--ca-dir=/ca"))
    container.ready()
    for file in ("ca.pem", "bundle.pem"):
        trusted = ssl.create_default_context(cafile=str(published(container, tmp_path) / file))
        assert journey.encrypted(container.address, trusted).file.startswith(b"\x89PNG")
    with pytest.raises(ssl.SSLCertVerificationError):
        journey.encrypted(container.address, ssl.create_default_context())


def test_the_port_of_the_real_api_needs_no_privilege(run: Run, tmp_path: Path) -> None:
    container = run(*WITH_CA, "--env=IMAGINELAB_MOCK_HTTPS_PORT=443", "--env=IMAGINELAB_MOCK_CA_DIR=/ca")
    container.ready()
    trusted = ssl.create_default_context(cafile=str(published(container, tmp_path) / "ca.pem"))
    assert lived_as_documented(journey.encrypted(container.address, trusted, port=443))


def test_a_volume_keeps_the_certificate_and_only_the_key_is_hidden(run: Run, tmp_path: Path) -> None:
    files = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        container = run(*HARDENED, "--volume=kept:/ca", command=("serve", "--ca-dir=/ca"))
        container.ready()
        files.append(published(container, folder))
    one, other = ((folder / "ca.pem").read_text() for folder in files)
    assert one == other
    hidden = [file.name for file in files[0].rglob("*") if file.is_file() and not file.stat().st_mode & 0o004]
    assert hidden == ["ca.key"]


def test_a_shell_and_the_engine_read_the_same_value_from_the_env_file(run: Run, tmp_path: Path) -> None:
    container = run(*WITH_CA, command=("serve", "--ca-dir=/ca"))
    container.ready()
    env = published(container, tmp_path) / "env"
    shell = subprocess.run(
        [SHELL, "-c", 'set -a; . "$0"; exec printenv SSL_CERT_FILE', str(env)],
        capture_output=True,
        text=True,
        check=True,
    )
    passed = docker("run", "--rm", f"--env-file={env}", "--entrypoint=printenv", IMAGE, "SSL_CERT_FILE")
    assert (shell.stdout.strip(), passed) == ("/ca/bundle.pem", "/ca/bundle.pem")
