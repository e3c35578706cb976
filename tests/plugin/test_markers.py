"""The wishes of a test in its marker, and the errors for those that cannot be met."""

import pytest

from .sessions import Run

FORMS = """
import unittest

def test_nothing(imaginelab):
    assert imaginelab.scenario.name == "happy-path"
    assert imaginelab.clock.mode == "poll"
    assert buy(imaginelab.base_url, at_once) == (1842, 5)

@pytest.mark.imaginelab("wallet-runs-dry")
def test_a_name_of_the_gallery(imaginelab):
    assert imaginelab.scenario.name == "wallet-runs-dry"
    assert imaginelab.clock.mode == "poll"

@pytest.mark.imaginelab("accounts: [{email: me@example.com, password: pw, credits: 7}]")
def test_yaml_of_one_line(imaginelab):
    assert (imaginelab.email, imaginelab.password, imaginelab.credits) == ("me@example.com", "pw", 7)
    assert imaginelab.token()

@pytest.mark.imaginelab('''
clock: {mode: manual}
accounts:
  - {email: me@example.com, password: pw, credits: 7}
''')
def test_yaml(imaginelab):
    assert imaginelab.clock.mode == "manual"
    assert login(imaginelab.base_url, "me@example.com", "pw")

@pytest.mark.imaginelab("beside.yaml")
def test_a_file_beside_the_test(imaginelab):
    assert imaginelab.scenario.description == "beside"

@pytest.mark.imaginelab("below/file.yml")
def test_a_file_below_the_test(imaginelab):
    assert imaginelab.scenario.description == "below"

@pytest.mark.imaginelab("far.yaml")
def test_a_file_of_a_folder(imaginelab):
    assert imaginelab.scenario.description == "far"

@pytest.mark.imaginelab("both.yaml")
def test_the_file_beside_the_test_wins(imaginelab):
    assert imaginelab.scenario.description == "near"

@pytest.mark.imaginelab(seed=7)
def test_a_seed(imaginelab):
    assert imaginelab.scenario.seed == 7

@pytest.mark.imaginelab("rough-poll", seed=7, clock="manual")
def test_all_together(imaginelab):
    script = imaginelab.scenario
    assert (script.name, script.seed, imaginelab.clock.mode) == ("rough-poll", 7, "manual")

@pytest.mark.imaginelab(clock="real")
def test_a_clock(imaginelab):
    assert imaginelab.clock.mode == "real"

@pytest.mark.imaginelab(intercept=True)
def test_the_marker_without_the_fixture():
    assert buy(FIXED, at_once) == (1842, 5)

@pytest.mark.imaginelab(clock="manual")
class TestInAClass:
    def test_it_counts(self, imaginelab):
        assert imaginelab.clock.mode == "manual"

    @pytest.mark.imaginelab("rough-poll", clock="poll")
    def test_the_nearest_wins(self, imaginelab):
        assert (imaginelab.scenario.name, imaginelab.clock.mode) == ("rough-poll", "poll")

@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.imaginelab(name)) for name in ("lost-create", "rough-poll")]
)
def test_a_parameter(imaginelab, name):
    assert imaginelab.scenario.name == name

@pytest.mark.parametrize("marked", [pytest.param(True, marks=pytest.mark.imaginelab), False])
def test_another_parameter(request, marked):
    assert ("imaginelab" in request.fixturenames) == marked

@pytest.mark.imaginelab("rough-poll", intercept=True)
class TestOfUnittest(unittest.TestCase):
    def test_it(self):
        assert login(FIXED)
"""


def test_each_form(run: Run, pytester: pytest.Pytester) -> None:
    files = {"beside": "beside", "both": "near", "below/file": "below", "folder/far": "far", "folder/both": "no"}
    for name, description in files.items():
        path = pytester.path / f"{name}{'.yml' if name == 'below/file' else '.yaml'}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"description: {description}")
    pytester.makeini("[pytest]\nimaginelab_scenarios = folder")
    run(FORMS, "--strict-markers").assert_outcomes(passed=19)


def test_a_marker_of_a_module(run: Run) -> None:
    result = run("""
pytestmark = pytest.mark.imaginelab("lost-create", seed=3)

def test_it_counts(imaginelab):
    assert (imaginelab.scenario.name, imaginelab.scenario.seed) == ("lost-create", 3)

@pytest.mark.imaginelab("rough-poll")
def test_an_option_that_the_nearest_marker_leaves_open(imaginelab):
    assert (imaginelab.scenario.name, imaginelab.scenario.seed) == ("rough-poll", 3)
""")
    result.assert_outcomes(passed=2)


MARKER = "@pytest.mark.imaginelab: "
WRONG = {
    '"a", "b"': MARKER + "expected one scenario, found 'a', 'b'",
    "colour=1": MARKER + "colour is not known; after the scenario it takes seed, clock, intercept, block, *",
    'seed="x"': MARKER + "expected a whole number from 0 to 2^63 - 1 for seed, found 'x'",
    "42": MARKER + "expected a name of the gallery, YAML or a file, found 42",
    'virtual_sleep=True, clock="poll"': MARKER + "virtual_sleep moves a clock that does not move by itself; leave *",
    '"missing.yaml"': MARKER + "there is no file missing.yaml in */*; the ini option imaginelab_scenarios adds folders",
    '"rough-pol"': '$.scenario: there is no scenario "rough-pol" in the gallery; did you mean "rough-poll"?; *',
    '"acounts: []"': 'scenario.yaml:1:1: unknown key "acounts"; did you mean "accounts"?',
    '"bad.yaml"': 'bad.yaml:2:1: unknown key "acounts"; did you mean "accounts"?',
    "seed=-1": MARKER + "expected a whole number from 0 to 2^63 - 1 for seed, found -1",
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.items(), ids=list(WRONG))
def test_the_error_for_each_wrong_marker_is_one_sentence(
    run: Run, pytester: pytest.Pytester, arguments: str, sentence: str
) -> None:
    (pytester.path / "bad.yaml").write_text("# a comment\nacounts: []\n")
    result = run(f"@pytest.mark.imaginelab({arguments})\ndef test_it(imaginelab): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_it*", sentence, "=*short test summary*"], consecutive=True)


def test_the_world_is_set_up_before_the_fixtures_of_the_test_alone(run: Run) -> None:
    run("""
@pytest.fixture
def logged_in(request):
    return "imaginelab" in request.node.funcargs

@pytest.fixture(scope="module")
def shared(request):
    return request.scope

@pytest.mark.imaginelab
def test_by_its_marker(logged_in, shared):
    assert (logged_in, shared) == (True, "module")

@pytest.mark.imaginelab
def test_whatever_comes_first(logged_in, imaginelab):
    assert logged_in

@pytest.mark.imaginelab
class TestClass:
    def setup_method(self):
        self.early = "made"

    @pytest.fixture(autouse=True)
    def always(self, request):
        assert "imaginelab" in request.node.funcargs

    def test_it(self):
        assert self.early == "made"
""").assert_outcomes(passed=3)
