"""Small helpers for people who write samplers, and for reports of problems."""

from __future__ import annotations

import pytest
from imblearn import combine, ensemble, over_sampling, under_sampling

import fastbal
import fastbal.combine
import fastbal.over_sampling
from fastbal.base import is_sampler
from fastbal.utils import Substitution
from fastbal.utils.testing import all_estimators

SAMPLERS = {*combine.__all__, *over_sampling.__all__, *under_sampling.__all__, "FunctionSampler"}
OURS = {*fastbal.combine.__all__, *fastbal.over_sampling.__all__} - SAMPLERS


def test_all_estimators_of_imbalanced_learn_are_among_fastbals() -> None:
    expected = {*SAMPLERS, *ensemble.__all__, "Pipeline", "ValueDifferenceMetric"}
    assert expected <= {name for name, _ in all_estimators()}


def test_samplers_alone() -> None:
    got = all_estimators("sampler")
    assert [name for name, _ in got] == sorted(SAMPLERS | OURS)
    assert got == all_estimators(["sampler"])
    assert all(is_sampler(sampler([0]) if name == "SMOTENC" else sampler()) for name, sampler in got)
    with pytest.raises(ValueError, match="type_filter must be 'sampler' or None, but it is 'classifier'"):
        all_estimators("classifier")


def test_substitution_fills_in_by_place_or_name() -> None:
    def undocumented() -> None: ...

    def documented() -> None:
        """One {0}."""

    assert Substitution("way")(documented) is documented
    assert documented.__doc__ == "One way."
    assert Substitution(seed="a")(undocumented).__doc__ is None


def test_versions_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    fastbal.show_versions()
    plain = capsys.readouterr().out
    assert f"fastbal: {fastbal.__version__}\n" in plain
    assert "scikit-learn: 1." in plain
    fastbal.show_versions(github=True)
    assert plain.strip() in capsys.readouterr().out
