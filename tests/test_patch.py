"""A program that imports imbalanced-learn, with fastbal in its place, and without again."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import imblearn.base
import imblearn.combine
import imblearn.datasets
import imblearn.ensemble
import imblearn.metrics
import imblearn.over_sampling
import imblearn.pipeline
import imblearn.under_sampling
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import fastbal.combine
import fastbal.over_sampling
import fastbal.under_sampling
from tests import cases

TESTS = Path(__file__).parent


def run(*arguments: Any, cwd: Path = TESTS) -> Any:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture
def patched() -> Iterator[list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other tests have imported imbalanced-learn's classes
        names = fastbal.patch_imblearn()
    yield names
    fastbal.unpatch_imblearn()


def attributes() -> dict[tuple[str, str], Any]:
    """All names of all loaded modules of imbalanced-learn."""
    loaded = [(name, module) for name, module in list(sys.modules.items()) if name.split(".")[0] == "imblearn"]
    return {(name, key): value for name, module in loaded for key, value in vars(module).items()}


# ------------------------------------------------------------------------------------------------------ in a program


@pytest.mark.slow
def test_an_unmodified_program_prints_the_same() -> None:
    expected, got = run("imblearn_program.py"), run("-m", "fastbal", "--quiet", "imblearn_program.py")
    assert got.returncode == 0, got.stderr
    assert got.stdout == expected.stdout
    assert expected.stderr == "imblearn\n"
    assert got.stderr == "fastbal\n"


def program(tmp_path: Path, source: str) -> Path:
    path = tmp_path / "program.py"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_script_finds_what_python_gives_it(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("number = 3", encoding="utf-8")
    source = """
import atexit, pickle, sys
from dataclasses import dataclass
import beside
@dataclass
class Own:
    number: int
def last():
    print(pickle.loads(pickle.dumps(Own(beside.number))), sys.argv)
print(__name__, __file__, __package__, __spec__, sys.argv, sys.path[0], Own.__annotations__)
atexit.register(last)
sys.exit(3)
"""
    path = program(tmp_path, source)
    expected, got = run(path, "a", "--quiet"), run("-m", "fastbal", path, "a", "--quiet")
    assert expected.returncode == got.returncode == 3, got.stderr
    assert got.stdout == expected.stdout
    assert got.stderr.startswith("fastbal: in place of imbalanced-learn's: ")
    assert len(got.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_module_runs_as_a_program(tmp_path: Path) -> None:
    source = "import sys\nfrom imblearn.over_sampling import SMOTE\nprint(__name__, sys.argv[1:], SMOTE.__module__[:7])"
    got = run("-m", "fastbal", "-m", program(tmp_path, source).stem, "a", cwd=tmp_path)
    assert got.stdout == "__main__ ['a'] fastbal\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    raise KeyError('no')\n\nf()",
        "def (",
        "import sys\n\nsys.excepthook = lambda *error: print('hooked', error[0])\n1 / 0",
    ],
)
def test_a_script_ends_as_with_python(tmp_path: Path, source: str) -> None:
    path = program(tmp_path, source)
    expected, got = run(path), run("-m", "fastbal", "--quiet", path)
    assert (got.returncode, got.stdout, got.stderr) == (expected.returncode, expected.stdout, expected.stderr)


def test_what_is_no_program_is_refused_or_a_command() -> None:
    got = run("-m", "fastbal", "no.py")
    assert (got.returncode, got.stderr) == (2, "fastbal: There is no file 'no.py'.\n")
    assert run("-m", "fastbal", "-m").returncode == 2
    assert run("-m", "fastbal", "--version").stdout == f"fastbal {fastbal.__version__}\n"


def test_without_imbalanced_learn_a_sentence_says_so(tmp_path: Path) -> None:
    path = program(tmp_path, "print('never')")
    hidden = "import sys; sys.modules['imblearn'] = None; sys.argv[1:] = [{!r}]; import runpy; "
    hidden += "runpy.run_module('fastbal', run_name='__main__', alter_sys=True)"
    got = run("-c", hidden.format(str(path)))
    assert got.returncode == 1
    assert got.stdout == ""
    assert got.stderr.startswith("fastbal: There is nothing to patch: imbalanced-learn is not installed.")


@pytest.mark.slow
def test_what_was_imported_before_is_named_and_what_is_imported_afterwards_restored(tmp_path: Path) -> None:
    source = """
from imblearn.over_sampling import SMOTE
import fastbal
fastbal.patch_imblearn()
print(SMOTE.__module__)
from imblearn import datasets
fastbal.unpatch_imblearn()
print(datasets._imbalance.RandomUnderSampler.__module__)
"""
    got = run(program(tmp_path, source))
    assert "program.py:4: UserWarning: Imported before fastbal.patch_imblearn()" in got.stderr
    assert "imbalanced-learn's still: __main__.SMOTE. Call" in got.stderr
    assert [line.split(".")[0] for line in got.stdout.splitlines()] == ["imblearn", "imblearn"]


@pytest.mark.slow
def test_the_page_runs(tmp_path: Path) -> None:
    page = TESTS.parent / "docs" / "coming-from" / "without-changing-code.md"
    if not page.exists():
        pytest.skip("docs/ is not here")
    blocks = page.read_text(encoding="utf-8").split("```python\n")[1:]
    expected = page.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    got = run(program(tmp_path, blocks[0].split("```")[0]))
    assert got.stderr == ""
    assert got.stdout == expected


# ---------------------------------------------------------------------------------------------------- in this process


def test_public_and_private_names_are_fastbals_and_then_imblearns_again() -> None:
    before = attributes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = fastbal.patch_imblearn()
        once = attributes()
        assert fastbal.patch_imblearn() == names
    assert all(value is once[key] for key, value in attributes().items())
    for package in (imblearn.over_sampling, imblearn.under_sampling, imblearn.combine):
        for name in package.__all__:
            assert f"{package.__name__}.{name}" in names
            assert getattr(package, name).__module__.startswith("fastbal.")
    assert imblearn.over_sampling._smote.SMOTE is fastbal.over_sampling.SMOTE
    assert imblearn.datasets._imbalance.RandomUnderSampler is fastbal.under_sampling.RandomUnderSampler
    fastbal.unpatch_imblearn()
    fastbal.unpatch_imblearn()
    after = attributes()
    assert after.keys() == before.keys()
    assert all(after[key] is before[key] for key in before)


def test_what_has_nothing_to_speed_up_stays(patched: list[str]) -> None:
    assert not [name for name in patched if name.split(".")[1] in ("metrics", "pipeline", "base", "model_selection")]
    assert imblearn.pipeline.Pipeline.__module__ == "imblearn.pipeline"
    assert imblearn.metrics.geometric_mean_score.__module__.startswith("imblearn.")


@pytest.mark.slow
def test_many_threads_patch_and_unpatch_at_once() -> None:
    before = attributes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ThreadPoolExecutor(8) as pool:
            steps = [pool.submit(step) for step in [fastbal.patch_imblearn, fastbal.unpatch_imblearn] * 20]
            for step in steps:
                step.result()
    fastbal.unpatch_imblearn()
    assert all(value is before[key] for key, value in attributes().items())


def test_isinstance_holds(patched: list[str]) -> None:
    smote, tomek, enn = (
        imblearn.over_sampling.SMOTE(),
        imblearn.under_sampling.TomekLinks(),
        imblearn.combine.SMOTEENN(),
    )
    for sampler in (smote, tomek, enn):
        assert isinstance(sampler, imblearn.base.SamplerMixin)
        assert isinstance(sampler, imblearn.base.BaseSampler)
        assert imblearn.base.is_sampler(sampler)
    assert isinstance(smote, imblearn.over_sampling.SMOTE)
    assert isinstance(smote, imblearn.over_sampling.base.BaseOverSampler)
    assert not isinstance(tomek, imblearn.over_sampling.base.BaseOverSampler)
    assert isinstance(tomek, imblearn.under_sampling.base.BaseCleaningSampler)
    assert isinstance(imblearn.under_sampling.RandomUnderSampler(), imblearn.under_sampling.base.BaseUnderSampler)
    assert not isinstance(LogisticRegression(), imblearn.base.SamplerMixin)


def test_samplers_of_before_work_with_those_of_now() -> None:
    X, y = cases.binary()
    old = imblearn.over_sampling.SMOTE(random_state=0)
    expected, _ = imblearn.combine.SMOTEENN(smote=old).fit_resample(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fastbal.patch_imblearn()
    try:
        got, _ = imblearn.combine.SMOTEENN(smote=old).fit_resample(X, y)
        bags = imblearn.ensemble.BalancedBaggingClassifier(DecisionTreeClassifier(), 2, sampler=old, random_state=0)
        assert bags.fit(X, y).score(X, y) > 0.8
    finally:
        fastbal.unpatch_imblearn()
    np.testing.assert_allclose(got, expected)


def test_pickles_cross_the_patch_both_ways() -> None:
    X, y = cases.binary()
    old = imblearn.over_sampling.RandomOverSampler(random_state=0)
    expected, _ = old.fit_resample(X, y)
    pickled = pickle.dumps(old)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fastbal.patch_imblearn()
    try:
        loaded = pickle.loads(pickled)
        assert type(loaded) is type(old)
        assert type(pickle.loads(pickle.dumps(old))) is type(old)
        np.testing.assert_array_equal(loaded.sample_indices_, old.sample_indices_)
        new = imblearn.pipeline.make_pipeline(imblearn.over_sampling.SMOTE(random_state=0), LogisticRegression())
        pickled = pickle.dumps(new.fit(X, y))
    finally:
        fastbal.unpatch_imblearn()
    np.testing.assert_array_equal(loaded.fit_resample(X, y)[0], expected)
    loaded = pickle.loads(pickled)
    assert type(loaded[0]) is fastbal.over_sampling.SMOTE
    np.testing.assert_array_equal(loaded.predict(X), new.predict(X))
