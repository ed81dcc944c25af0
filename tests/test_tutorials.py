"""The tutorials run, on the rows they say, and nothing that is judged has been seen."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.utils import resample as draw_rows

pytest.importorskip("keras", reason="the tutorials train networks")
pytest.importorskip("docs.tutorials", reason="docs/ is not here")

import keras
import tensorflow

from docs.tutorials import (
    churn,
    churn_printed,
    cost_sensitive_and_ensembles,
    insurance,
    insurance_weights,
    overview,
    practical_05,
    practical_05_printed,
)
from docs.tutorials.page import HERE, between_marks, data_file

#: Page and part to what a full run says of itself.
TUTORIALS = {
    ("churn", "results"): "5 seeds",
    ("churn", "as printed"): "3 seeds",
    ("insurance", "results"): "5 splits",
    ("insurance", "optimisers"): "3 splits",
    ("practical_05", "results"): "10 seeds",
    ("practical_05", "as printed"): "10 seeds",
    ("cost_sensitive_and_ensembles", "results"): "3 splits",
    ("cost_sensitive_and_ensembles", "overview"): "3 splits",
}


@pytest.fixture
def without_graphs() -> Iterator[None]:
    """Making a graph of each network takes a second; a few batches take less as they are."""
    tensorflow.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config", UserWarning)  # data sets keep theirs
        yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def customers(shared_data: Path) -> tuple[Any, Any]:
    return churn.read(shared_data)


def some(X: Any, y: Any, n_rows: int) -> tuple[Any, Any]:
    """A few rows, classes as frequent as they are."""
    return tuple(draw_rows(X, y, replace=False, n_samples=n_rows, stratify=y, random_state=0))


# --------------------------------------------------------------------------------------------------------------- churn


def test_churn_is_encoded_as_published(customers: tuple[Any, Any]) -> None:
    X, y = customers
    assert X.shape == (7032, 26)
    assert np.bincount(y).tolist() == [5163, 1869]
    assert set(np.unique(X.drop(columns=churn.NUMBERS))) == {0, 1}


def test_churn_is_split_as_published(customers: tuple[Any, Any]) -> None:
    X, y = customers
    X_train, X_test, y_train, y_test = churn.split(X, y=y)
    assert (len(y_train), len(y_test), y_test.sum()) == (5625, 1407, 374)
    assert set(X_train.index).isdisjoint(X_test.index)


@pytest.mark.parametrize(("name", "expected"), [("under-sampling", 1869), ("over-sampling", 5163), ("SMOTE", 5163)])
def test_every_resampled_row_lies_between_the_customers_it_is_said_to_be_made_of(
    customers: tuple[Any, Any], name: str, expected: int
) -> None:
    X, y = customers
    X_new, y_new, origin = churn.resample(churn.SAMPLERS[name], X, y, seed=0)
    assert np.bincount(y_new).tolist() == [expected, expected]
    one, other = X.to_numpy()[origin.T]
    got = X_new.to_numpy()
    assert ((np.minimum(one, other) - 1e-9 <= got) & (got <= np.maximum(one, other) + 1e-9)).all()
    assert (y.to_numpy()[origin] == y_new.to_numpy()[:, None]).all()


@pytest.mark.slow
def test_the_published_protocol_judges_by_rows_it_has_learned_from(
    customers: tuple[Any, Any], without_graphs: None
) -> None:
    found = churn.published(*some(*customers, 500), epochs=1, seed=0)
    assert list(found) == list(churn.PUBLISHED)
    related = {name: result.related for name, result in found.items()}
    assert related["nothing"] == related["under-sampling"] == 0
    assert min(related["over-sampling"], related["SMOTE"]) > 0.8
    known = [result.known for result in found.values()]
    assert known == sorted(known)
    assert known[0] == 0
    assert known[1] > 0.6


@pytest.mark.slow
def test_the_honest_protocol_makes_no_row_of_a_test_row(customers: tuple[Any, Any], without_graphs: None) -> None:
    X_train, X_test, y_train, _ = churn.split(customers[0], y=customers[1])
    X_train, y_train = some(X_train, y_train, 500)
    model = churn.remedies(epochs=1, seed=0)["SMOTE"].fit(X_train, y_train)
    sampler = model[1]
    parents = np.concatenate([sampler.base_indices_, sampler.neighbor_indices_])
    assert len(parents)
    assert set(X_train.index[parents]).isdisjoint(X_test.index)
    assert (y_train.to_numpy()[parents] == 1).all()


@pytest.mark.slow
def test_churn_reports_both_protocols(customers: tuple[Any, Any], without_graphs: None, tmp_path: Path) -> None:
    found = churn.run(*some(*customers, 200), epochs=1, seeds=1)
    report = churn.report(*found)
    for name in [*churn.SAMPLERS, "class weights", churn.TUNED, churn.LOGISTIC]:
        assert f"\n| {name} |" in report
    assert report.count("**0.82**") == 1
    pytest.importorskip("matplotlib")
    churn.draw(*found, tmp_path / "churn.svg")
    assert (tmp_path / "churn.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_as_if_balanced_is_what_a_balanced_test_set_gives() -> None:
    class Half:
        def predict(self, X: Any) -> Any:
            return X[:, 0]

        def predict_proba(self, X: Any) -> Any:
            return np.column_stack([1 - X[:, 0], X[:, 0]])

    y = np.repeat([0, 1], [80, 20])
    X = np.concatenate([np.repeat([1, 0], [8, 72]), np.repeat([1, 0], [15, 5])])[:, None]
    got = churn.judge_honestly(Half(), X, y)
    balanced = np.concatenate([np.arange(80), np.tile(np.arange(80, 100), 4)])
    expected = churn.scores(y[balanced], X[balanced, 0])
    assert got.as_if_balanced == pytest.approx(expected)
    assert got.scores == pytest.approx(churn.scores(y, X[:, 0]))


# -------------------------------------------------------------------------------------------------------- the others


def test_practical_05_has_the_published_class_counts() -> None:
    X_train, X_test, y_train, y_test = practical_05.data()
    assert X_train.shape == (8000, 20)
    assert np.bincount(y_train).tolist() == [7602, 398]
    assert len(X_test) == len(y_test) == 2000


@pytest.mark.slow
def test_practical_05_runs_and_leaves_the_page_as_it_is(
    without_graphs: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [part[:200] for part in practical_05.data()]
    monkeypatch.setattr(practical_05, "data", lambda: few)
    page = (HERE / "practical_05.md").read_bytes()
    practical_05.main(["--epochs", "1", "--seeds", "1", "--no-write"])
    printed = capsys.readouterr().out
    assert all(f"\n| {name} |" in printed for name in practical_05.remedies(epochs=1, seed=0))
    assert (HERE / "practical_05.md").read_bytes() == page


def test_practical_05_as_printed_has_other_class_counts() -> None:
    X_train, _, y_train, y_test = practical_05_printed.literal()
    assert X_train.shape == (8000, 20)
    assert np.bincount(y_train).tolist() == [7576, 424]
    assert np.bincount(y_test).tolist() == [1884, 116]


@pytest.mark.slow
def test_practical_05_as_printed_runs(
    without_graphs: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def few() -> Any:
        X_train, X_test, y_train, y_test = practical_05_printed.data()
        return X_train[:300], X_test[:200], y_train[:300], y_test[:200]

    monkeypatch.setattr(practical_05_printed, "TABLES", dict.fromkeys(practical_05_printed.TABLES, (few, True)))
    found = practical_05_printed.run(epochs=1, seeds=1)
    assert "\n| always class 0 |" in practical_05_printed.report(found)
    pytest.importorskip("matplotlib")
    practical_05_printed.draw(found, tmp_path / "practical_05.svg")
    assert (tmp_path / "practical_05.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.slow
def test_churn_as_printed_trains_on_the_under_sampled_rows_twice(
    customers: tuple[Any, Any], without_graphs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = some(*customers, 200)
    trained_on: list[Any] = []
    one_step = churn_printed.one_step

    def watched(model: Any, parts: list[Any], **given: Any) -> Any:
        trained_on.append((model, parts))
        return one_step(model, parts, **given)

    monkeypatch.setattr(churn_printed, "one_step", watched)
    found = churn_printed.printed(X.assign(Churn=y), epochs=1, seed=0)
    assert list(found) == list(churn.SAMPLERS)
    assert len({id(model) for model, _ in trained_on}) == 1
    (_, first), (_, under), (_, over), (_, smote) = trained_on
    assert abs(first[2].mean() - y.mean()) < 0.1
    assert all(one.equals(other) for one, other in zip(under, over, strict=True))
    assert max(abs(part.mean() - 0.5) for part in smote[2:]) < 0.02  # drawn, not stratified
    table = {name: {part: [step] for part, step in found.items()} for name in churn_printed.PROTOCOLS}
    assert "printed 0.8064" in churn_printed.report(table)


@pytest.mark.slow
def test_insurance_tries_optimisers(shared_data: Path, without_graphs: None) -> None:
    found = insurance_weights.run(*some(*insurance.read(shared_data), 1000), epochs=1, seeds=1)
    assert len(found) == 2 * len(insurance_weights.OPTIMIZERS)
    assert "\n| SGD, 0.01 | balanced weights |" in insurance_weights.report(found)


@pytest.mark.slow
def test_the_overview_runs_in_each_library(shared_data: Path, without_graphs: None) -> None:
    X, y = some(*cost_sensitive_and_ensembles.read(shared_data), 800)
    found = overview.run(X, y, epochs=1, seeds=1)
    assert {library for library, _ in found} == {*overview.LIBRARIES, ""}
    (naive,) = found["", "always: don't buy"]
    assert (naive.recall, naive.balanced_accuracy) == (0, 0.5)
    assert "| under-sampling |" in overview.report(found)


@pytest.mark.slow
def test_insurance_runs(shared_data: Path, without_graphs: None) -> None:
    X, y = insurance.read(shared_data)
    assert X.shape == (76_222, 10)
    assert np.bincount(y).tolist() == [66_966, 9_256]
    found = insurance.run(*some(X, y, 2000), epochs=1, seeds=1)
    costs = insurance.race(*insurance.full_size(2000, 400), rounds=1)
    report = insurance.report(found, costs, insurance.machine())
    assert all(f"\n| {name} |" in report for name in [*found, *costs])


def test_the_published_size_of_insurance() -> None:
    X, y = insurance.full_size()
    assert X.shape == (382_154, 10)
    assert np.bincount(y).tolist() == [319_553, 62_601]


@pytest.mark.slow
def test_cost_sensitive_and_ensembles_runs(
    shared_data: Path, without_graphs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    remedies = cost_sensitive_and_ensembles.remedies

    def small(**params: Any) -> dict[str, Any]:
        """Ensembles of two networks, which learn from a batch or two what they would from many."""
        found = remedies(**params)
        for name in ("bagging of networks", "boosting of networks"):
            found[name].set_params(n_estimators=2, estimator__optimizer=keras.optimizers.Adam(0.1))
        return found

    monkeypatch.setattr(cost_sensitive_and_ensembles, "remedies", small)
    X, y = cost_sensitive_and_ensembles.read(shared_data)
    assert X.shape == (45_211, 15)
    assert y.value_counts().to_dict() == {"don't buy": 39_922, "buy": 5_289}
    found = cost_sensitive_and_ensembles.run(*some(X, y, 600), epochs=1, seeds=1)
    assert set(found) == set(remedies(epochs=1, seed=0))
    for name, (result,) in found.items():
        assert np.isfinite(result).all(), name
        if name in ("SMOTE", "random under-sampling", "class weights, balanced", "bagging of networks"):
            assert abs(result.mean_corrected - 0.117) < abs(result.mean - 0.117), name
    assert "| focal loss |" in cost_sensitive_and_ensembles.report(found, 0.117)


# ----------------------------------------------------------------------------------------------------------- the pages


@pytest.mark.parametrize(("name", "part"), TUTORIALS)
def test_a_page_has_the_results_of_a_full_run(name: str, part: str) -> None:
    page = (HERE / f"{name}.md").read_text(encoding="utf-8")
    results = re.search(rf"<!-- {part}: begin.*?-->\n(.*)<!-- {part}: end -->", page, re.DOTALL)
    assert results
    assert TUTORIALS[name, part] in results[1]
    assert between_marks(page, results[1].strip("\n"), part) == page


def test_a_missing_file_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"is not there\. Download it from https://.* with --data FOLDER"):
        data_file(tmp_path, churn.FILE, churn.SOURCE)
