"""scikit-learn's own checks and imbalanced-learn's own checks, over the one list of samplers."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal import FunctionSampler
from fastbal.base import BaseSampler, is_sampler
from fastbal.over_sampling import SMOTE
from fastbal.over_sampling.base import BaseOverSampler
from tests import cases

by_sampler = pytest.mark.parametrize("sampler", cases.SAMPLERS, ids=lambda sampler: type(sampler).__name__)


def each(checks: list[Any]) -> Any:
    """A test of each pair (sampler, check)."""
    ids = [f"{type(sampler).__name__}-{name_of(check)}" for sampler, check in checks]
    return pytest.mark.parametrize(("estimator", "check"), checks, ids=ids)


def name_of(check: Any) -> str:
    return name_of(check.func) if isinstance(check, functools.partial) else check.__name__


@each([pair for sampler in [*cases.SAMPLERS, FunctionSampler()] for pair in estimator_checks_generator(sampler)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)


@each(
    [
        pair
        for sampler in cases.SAMPLERS
        for pair in imblearn_checks.estimator_checks_generator(sampler)
        # This one does not ask whether a sampler takes sparse tables.
        if sampler._may_be_sparse or name_of(pair[1]) != "check_samplers_pandas_sparse"
    ]
)
def test_imbalanced_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("sampler", [*cases.SAMPLERS, FunctionSampler()], ids=lambda sampler: type(sampler).__name__)
def test_imbalanced_learn_agrees_on_parameters_and_names(sampler: Any) -> None:
    name = type(sampler).__name__
    imblearn_checks.check_param_validation(name, clone(sampler))
    imblearn_checks.check_dataframe_column_names_consistency(name, clone(sampler))


@by_sampler
def test_pickled_and_cloned_samplers_give_the_same_rows(sampler: Any) -> None:
    X, y = cases.multiclass()
    fitted = clone(sampler)
    expected, _ = fitted.fit_resample(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.is_synthetic_, fitted.is_synthetic_)
    for other in (again, clone(fitted)):
        np.testing.assert_array_equal(other.fit_resample(X, y)[0], expected)


@by_sampler
def test_fit_only_checks(sampler: Any) -> None:
    X, y = cases.multiclass()
    fitted = clone(sampler).fit(X, y)
    assert fitted.n_features_in_ == 6
    assert not hasattr(fitted, "recipe_")
    assert not hasattr(fitted, "is_synthetic_")
    assert fitted.get_feature_names_out().tolist() == [f"x{j}" for j in range(6)]


@by_sampler
def test_a_sampler_says_what_it_is(sampler: Any) -> None:
    assert is_sampler(sampler)
    tags = get_tags(sampler)
    assert tags.input_tags.dataframe
    fitted = clone(sampler)
    fitted.fit_resample(*cases.binary())
    assert tags.sampler_tags.sample_indices == hasattr(fitted, "sample_indices_")
    assert not is_sampler(LogisticRegression())


@by_sampler
def test_a_sampler_works_in_imbalanced_learns_pipeline(sampler: Any) -> None:
    from imblearn.pipeline import make_pipeline
    from sklearn.model_selection import GridSearchCV

    X, y = cases.binary()
    pipeline = make_pipeline(clone(sampler), LogisticRegression())
    strategies = ["majority", "not minority"] if sampler._sampling_type == "clean-sampling" else [0.5, 1.0]
    search = GridSearchCV(pipeline, {f"{type(sampler).__name__.lower()}__sampling_strategy": strategies}, cv=3)
    assert search.fit(X, y).best_score_ > 0.8


def test_a_sampler_written_for_imbalanced_learn_works() -> None:
    class TakeSome(BaseOverSampler):
        def __init__(self, sampling_strategy: Any = "auto", random_state: Any = None) -> None:
            super().__init__(sampling_strategy=sampling_strategy)
            self.random_state = random_state

        def _fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
            self.plan_seen_ = dict(self.sampling_strategy_)
            return X[::2], y[::2], "and more"

    X, y = cases.multiclass()
    import pandas as pd

    frame = pd.DataFrame(X, columns=list("abcdef")).astype({"a": np.float32})
    sampler = TakeSome()
    X_got, y_got, rest = sampler.fit_resample(frame, pd.Series(y, name="t"))
    pd.testing.assert_frame_equal(X_got, frame.iloc[::2].reset_index(drop=True))
    assert y_got.name == "t"
    assert rest == "and more"
    counts = np.bincount(y)
    assert sampler.plan_seen_ == {0: counts[2] - counts[0], 1: counts[2] - counts[1]}


def test_a_subclass_may_call_the_samplers_own_fit_resample() -> None:
    class Halved(SMOTE):
        def _fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
            X_new, y_new = super()._fit_resample(X, y)
            return X_new / 2, y_new

    X, y = cases.multiclass()
    got, _ = Halved(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(got, SMOTE(random_state=0).fit_resample(X, y)[0] / 2)


def test_constraints_count_that_were_changed_after_a_first_use() -> None:
    class Picky(SMOTE):
        pass

    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) // 13
    sampler = Picky()
    sampler.fit_resample(X, y)
    sampler._parameter_constraints = {**SMOTE._parameter_constraints, "k_neighbors": [str]}
    with pytest.raises(ValueError, match="'k_neighbors' parameter of Picky must be an instance of 'str'"):
        sampler.fit_resample(X, y)
    Picky().fit_resample(X, y)
    Picky._parameter_constraints = sampler._parameter_constraints
    with pytest.raises(ValueError, match="'k_neighbors' parameter of Picky must be an instance of 'str'"):
        Picky().fit_resample(X, y)


def test_a_sampler_without_a_method_says_so() -> None:
    class Nothing(BaseSampler):
        _sampling_type = "over-sampling"
        _parameter_constraints: dict[str, Any] = {}  # noqa: RUF012

    with pytest.raises(NotImplementedError, match="Nothing must have a method _draw_recipe or _fit_resample"):
        Nothing().fit_resample(*cases.binary())


def test_unknown_arguments_of_fit_resample_are_named() -> None:
    with pytest.raises(TypeError, match=r"SMOTE\.fit_resample takes X, y and arrays .*, but got verbose=True"):
        SMOTE().fit_resample(*cases.binary(), verbose=True)


ROUTING = """
{first}
{second}
import warnings
warnings.simplefilter("error")
import sklearn
from fastbal.over_sampling.base import BaseOverSampler
sklearn.set_config(enable_metadata_routing=True)
class Sampler(BaseOverSampler):
    def fit_resample(self, X, y, costs=None):
        return X, y
print(Sampler().set_fit_resample_request(costs=True).get_metadata_routing().fit_resample.requests)
"""


@pytest.mark.slow
@pytest.mark.parametrize("imports", [("import imblearn", ""), ("import fastbal.base", "import imblearn"), ("", "")])
def test_metadata_is_routed_with_and_without_imbalanced_learn(imports: tuple[str, str]) -> None:
    script = ROUTING.format(first=imports[0], second=imports[1])
    got = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert got.stdout.strip() == "{'costs': True}"


@pytest.mark.parametrize("sampler", cases.RANDOM_SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_a_generator_is_accepted_and_goes_on(sampler: Any) -> None:
    X, y = cases.multiclass()
    rng = np.random.default_rng(0)
    first, second = (clone(sampler).set_params(random_state=rng).fit_resample(X, y)[0] for _ in range(2))
    again, _ = clone(sampler).set_params(random_state=np.random.default_rng(0)).fit_resample(X, y)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)
