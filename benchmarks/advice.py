"""Is the advice of `compare` right? Half of each table is given to it, the other half tells what would have been best.

Regret is what the advised arm lost on the held half to the best arm that was tried: it contains the luck of the best.
Proportions of spreads, which the rule needs, were learned from tables of `CASES`; those of `FRESH` are other tasks and
other generators.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from fastbal import study
from fastbal.study import ARMS, NOTHING, REFERENCE

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
#: Arms that are tried; the others are near relatives of these.
TRIED = [arm for arm in ARMS if arm not in ("focal loss", "SMOTE-Tomek", "SMOTE-ENN", "balanced boosting")]

#: Rows that are held back, where there are as many: the truth of fewer is too uncertain to hold a rule against.
N_HELD = 12_000

Table = tuple[Any, NDArray[Any]]


class Case(NamedTuple):
    """A table of the list."""

    name: str
    n_given: int
    make: Callable[[np.random.Generator, int], Table | None]
    is_real: bool = False


def _labelled(signal: NDArray[np.float64], share: float) -> NDArray[np.int64]:
    """The highest of a number are rare."""
    return (signal > np.quantile(signal, 1 - share)).astype(np.int64)


def _classification(**settings: Any) -> Callable[[np.random.Generator, int], Table]:
    def make(rng: np.random.Generator, n: int) -> Table:
        return datasets.make_classification(n, random_state=int(rng.integers(1 << 30)), **settings)

    return make


def _trees(share: float, n_columns: int, depth: int, noise: float) -> Callable[[np.random.Generator, int], Table]:
    """A concept that is a random tree, as MOA's RandomTreeGenerator makes it."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = rng.random((n, n_columns))
        splits = rng.integers(n_columns, size=(depth, 1 << depth))
        cuts = rng.uniform(0.2, 0.8, size=(depth, 1 << depth))
        node = np.zeros(n, np.int64)
        for level in range(depth):
            goes_right = X[np.arange(n), splits[level, node]] > cuts[level, node]
            node = (2 * node + goes_right) % (1 << depth)
        leaf = rng.normal(size=1 << depth)[node]
        return X, _labelled(leaf + noise * rng.normal(size=n), share)

    return make


def _network(share: float, n_columns: int, noise: float, n_words: int = 0) -> Callable[[Any, int], Table]:
    """A concept that is a random network of one layer; some columns are categories."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = rng.normal(size=(n, n_columns)) @ (np.eye(n_columns) + 0.3 * rng.normal(size=(n_columns, n_columns)))
        hidden = np.tanh(X @ rng.normal(size=(n_columns, 12)) / np.sqrt(n_columns))
        signal = hidden @ rng.normal(size=12) + noise * rng.normal(size=n)
        table: list[Any] = [*X.T]
        for _ in range(n_words):
            word = rng.integers(8, size=n)
            signal = signal + 0.5 * rng.normal(size=8)[word]
            table.append(np.array(list("abcdefgh"))[word])
        y = _labelled(signal, share)
        if not n_words:
            return X, y
        import pandas as pd

        return pd.DataFrame({f"x{j}": column for j, column in enumerate(table)}), y

    return make


def _clouds(share: float, n_clouds: int, n_columns: int, spread: float) -> Callable[[Any, int], Table]:
    """Rare rows in clouds among common ones, as MOA's RandomRBF."""

    def make(rng: np.random.Generator, n: int) -> Table:
        centres = rng.random((4 * n_clouds, n_columns))
        is_rare = rng.random(n) < share
        cloud = np.where(is_rare, rng.integers(n_clouds, size=n), n_clouds + rng.integers(3 * n_clouds, size=n))
        return centres[cloud] + spread * rng.normal(size=(n, n_columns)), is_rare.astype(np.int64)

    return make


def _function(name: str, share: float, noise: float) -> Callable[[Any, int], Table]:
    def make(rng: np.random.Generator, n: int) -> Table:
        X, signal = getattr(datasets, name)(n, random_state=int(rng.integers(1 << 30)))
        return X, _labelled(signal + noise * signal.std() * rng.normal(size=n), share)

    return make


def _shape(name: str, share: float, noise: float) -> Callable[[Any, int], Table]:
    def make(rng: np.random.Generator, n: int) -> Table:
        n_rare = int(n * share)
        X, y = getattr(datasets, name)((n - n_rare, n_rare), noise=noise, random_state=int(rng.integers(1 << 30)))
        return np.column_stack([X, rng.normal(size=(n, 3))]), y

    return make


def _bundled(name: str, rare: Callable[[Any], Any]) -> Callable[[Any, int], Table]:
    def make(rng: np.random.Generator, n: int) -> Table:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        return X, np.asarray(rare(y)).astype(np.int64)

    return make


def _file(read: Callable[[Path], Table], share: float | None = None) -> Callable[[Any, int], Table | None]:
    """A real table, its rare class thinned out to a share, if one is stated."""

    def make(rng: np.random.Generator, n: int) -> Table | None:
        if not DATA.is_dir():
            return None
        X, y = read(DATA)
        y = np.asarray(y).astype(np.int64)
        rare, common = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
        part = len(rare) / len(y) if share is None else share
        n = min(n, int(len(common) / (1 - part)), int(len(rare) / part))
        n_rare = int(n * part)
        rows = np.concatenate([rng.choice(rare, n_rare, replace=False), rng.choice(common, n - n_rare, replace=False)])
        return X.iloc[rows], y[rows]

    return make


def _telco(data: Path) -> Table:
    import pandas as pd

    X = pd.read_csv(data / "telco_churn" / "Telco-Customer-Churn.csv")
    return X.drop(columns=["customerID", "Churn"]), X.Churn == "Yes"


def _bank(data: Path) -> Table:
    import zipfile

    import pandas as pd

    with zipfile.ZipFile(data / "bank_marketing" / "bank-additional.zip") as archive:
        X = pd.read_csv(archive.open("bank-additional/bank-full.csv"), sep=";")
    return X.drop(columns="y"), X.y == "yes"


def _adult(data: Path) -> Table:
    import pandas as pd

    X = pd.read_csv(data / "adult" / "adult-train.csv", header=None, skipinitialspace=True, na_values="?")
    X.columns = [f"x{j}" for j in range(15)]
    return X.drop(columns="x14"), X.x14.str.startswith(">")


def _insurance(data: Path) -> Table:
    import pandas as pd

    X = pd.read_csv(data / "insurance_crosssell_20pct" / "validation_splited.csv")
    X.columns = X.columns.str.lower()
    X = X.drop(columns=[c for c in X.columns if c in ("id", "unnamed: 0")])
    return X.drop(columns="response"), X.response == 1


def _brfss(data: Path) -> Table:
    import pandas as pd

    X = pd.read_csv(next((data / "brfss_diabetes_012").glob("*.zip")))
    return X.drop(columns="Diabetes_012"), X.Diabetes_012 == 2


def _fraud(data: Path) -> Table:
    import pandas as pd

    X = pd.read_csv(data / "creditcard_492of1722" / "creditcard_sample.csv")
    return X.drop(columns=[c for c in ("Unnamed: 0", "Class") if c in X]), X.Class == 1


def _census(data: Path) -> Table:
    import pandas as pd

    X = pd.read_parquet(data / "census_income_kdd" / "test.parquet")
    y = X.income_50k.astype(str)
    return X.drop(columns=["income_50k", *[c for c in X if c == "unknown"]]), y == y.value_counts().idxmin()


def _taiwan(data: Path) -> Table:
    import pandas as pd

    X = pd.read_csv(data / "credit_default_taiwan_15k" / "credit_default_uci.csv")
    target = next(c for c in X if "default" in c.lower())
    return X.drop(columns=[c for c in X if c in ("ID", target)]), X[target] == 1


def _brfss_of(target: str) -> Callable[[Path], Table]:
    def read(data: Path) -> Table:
        import pandas as pd

        X = pd.read_csv(next((data / "brfss_diabetes_012").glob("*.zip")))
        return X.drop(columns=target), X[target] == 1

    return read


def _of_another(read: Callable[[Path], Table], target: str, rare: Any) -> Callable[[Path], Table]:
    """A file's table with another column for its target; what was the target is left out."""

    def read_another(data: Path) -> Table:
        X, _ = read(data)
        return X.drop(columns=target), X[target] == rare

    return read_another


def _shells(share: float, n_columns: int) -> Callable[[Any, int], Table]:
    """The outermost of what is normal, seen through noise."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = rng.normal(size=(n, n_columns)) * rng.uniform(0.5, 2, n_columns)
        return X + 0.2 * rng.normal(size=X.shape), _labelled(np.abs(X).sum(axis=1), share)

    return make


def _waves(share: float, noise: float) -> Callable[[Any, int], Table]:
    """Sums of smooth curves of single columns."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = rng.uniform(-2, 2, size=(n, 8))
        signal = np.sin(X @ np.diag(rng.uniform(0.5, 3, 8)) + rng.uniform(0, 6, 8)) @ rng.normal(size=8)
        return X, _labelled(signal + noise * rng.normal(size=n), share)

    return make


def _products(share: float, n_columns: int, noise: float) -> Callable[[Any, int], Table]:
    """Columns that tell something in pairs alone, beside a few that do so alone."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = rng.normal(size=(n, n_columns))
        signal = X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] + 0.7 * X[:, 4] + noise * rng.normal(size=n)
        return X, _labelled(signal, share)

    return make


def _heavy_tails(share: float, n_columns: int) -> Callable[[Any, int], Table]:
    """A linear score of columns with outliers, and amounts that are skewed."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = rng.standard_t(2.5, size=(n, n_columns))
        signal = np.clip(X, -3, 3) @ rng.normal(size=n_columns) + 1.5 * rng.normal(size=n)
        X[:, ::2] = np.exp(np.clip(X[:, ::2], -8, 8))
        return X, _labelled(signal, share)

    return make


def _questionnaire(share: float, n_items: int) -> Callable[[Any, int], Table]:
    """Answers from 1 to 5 that two traits lie behind; the traits decide."""

    def make(rng: np.random.Generator, n: int) -> Table:
        traits = rng.normal(size=(n, 2))
        answers = traits @ rng.normal(size=(2, n_items)) + rng.normal(size=(n, n_items))
        X = np.clip(np.round(3 + answers), 1, 5)
        return X, _labelled(traits[:, 0] + traits[:, 1] ** 2 / 2 + 0.5 * rng.normal(size=n), share)

    return make


def _switches(share: float, n_columns: int) -> Callable[[Any, int], Table]:
    """Columns of 0 and 1; rules of three of them each add to the odds."""

    def make(rng: np.random.Generator, n: int) -> Table:
        X = (rng.random((n, n_columns)) < 0.4).astype(np.float64)
        rules = [rng.choice(n_columns, 3, replace=False) for _ in range(6)]
        signal = sum(rng.uniform(0.5, 2) * X[:, rule].all(axis=1) for rule in rules)
        return X, _labelled(signal + 0.4 * rng.normal(size=n), share)

    return make


CASES = [
    Case("telco churn", 1000, _file(_telco), True),
    Case("telco churn, 8 % rare", 1000, _file(_telco, 0.08), True),
    Case("bank marketing", 1000, _file(_bank), True),
    Case("bank marketing, 5 % rare", 800, _file(_bank, 0.05), True),
    Case("adult", 900, _file(_adult), True),
    Case("adult, 6 % rare", 900, _file(_adult, 0.06), True),
    Case("insurance", 900, _file(_insurance), True),
    Case("insurance, 5 % rare", 1000, _file(_insurance, 0.05), True),
    Case("diabetes, health survey", 900, _file(_brfss), True),
    Case("diabetes, health survey, 6 % rare", 1000, _file(_brfss, 0.06), True),
    Case("card fraud", 800, _file(_fraud), True),
    Case("card fraud, 6 % rare", 600, _file(_fraud, 0.06), True),
    Case("census income", 1000, _file(_census), True),
    Case("census income, 12 % rare", 1000, _file(_census, 0.12), True),
    Case("credit default", 900, _file(_taiwan), True),
    Case("credit default, 6 % rare", 900, _file(_taiwan, 0.06), True),
    Case("breast cancer", 280, _bundled("breast_cancer", lambda y: y == 0), True),
    Case("digits, the eights", 900, _bundled("digits", lambda y: y == 8), True),
    Case("digits, the threes and nines", 900, _bundled("digits", lambda y: (y == 3) | (y == 9)), True),
    Case("diabetes, progression", 220, _bundled("diabetes", lambda y: y > 250), True),
    Case("clusters, 10 %", 1000, _classification(n_features=20, n_informative=8, weights=[0.9], class_sep=0.7)),
    Case("clusters, 5 %, noise", 900, _classification(n_features=15, n_informative=5, weights=[0.95], flip_y=0.04)),
    Case("clusters, 20 %", 600, _classification(n_features=30, n_informative=4, weights=[0.8], class_sep=0.5)),
    Case("many clusters, 8 %", 900, _classification(n_informative=8, n_clusters_per_class=6, weights=[0.92])),
    Case("wide, 10 %", 500, _classification(n_features=100, n_informative=10, weights=[0.9])),
    Case("lines, 6 %", 800, _classification(n_informative=6, n_clusters_per_class=1, weights=[0.94], class_sep=0.6)),
    Case("tree, 10 %", 1000, _trees(0.1, 8, 5, 0.3)),
    Case("tree, 5 %, noise", 900, _trees(0.05, 6, 4, 0.8)),
    Case("deep tree, 15 %", 1000, _trees(0.15, 10, 7, 0.2)),
    Case("tree, 20 %, noise", 700, _trees(0.2, 12, 4, 1.0)),
    Case("network, 10 %", 1000, _network(0.1, 10, 0.5)),
    Case("network, 5 %, noise", 1000, _network(0.05, 12, 1.5)),
    Case("network and words, 10 %", 1000, _network(0.1, 6, 0.7, n_words=4)),
    Case("network and words, 4 %", 900, _network(0.04, 4, 0.7, n_words=6)),
    Case("clouds, 10 %", 1000, _clouds(0.1, 5, 6, 0.15)),
    Case("clouds, 5 %", 900, _clouds(0.05, 8, 5, 0.12)),
    Case("clouds, 3 %", 1000, _clouds(0.03, 3, 8, 0.25)),
    Case("Friedman 1, 10 %", 800, _function("make_friedman1", 0.1, 0.2)),
    Case("Friedman 2, 6 %", 800, _function("make_friedman2", 0.06, 0.3)),
    Case("Friedman 3, 15 %", 800, _function("make_friedman3", 0.15, 0.3)),
    Case("ten squares, 12 %", 1000, lambda rng, n: _hastie(rng, n)),
    Case("moons, 8 %", 800, _shape("make_moons", 0.08, 0.35)),
    Case("circles, 10 %", 800, _shape("make_circles", 0.1, 0.2)),
    Case("moons, 4 %", 800, _shape("make_moons", 0.04, 0.3)),
]

#: Other tasks and other generators: what the rule was never shown.
FRESH = [
    Case("stroke, health survey", 1000, _file(_brfss_of("Stroke")), True),
    Case("heart disease, health survey", 900, _file(_brfss_of("HeartDiseaseorAttack")), True),
    Case("personal loan, bank", 900, _file(_of_another(_bank, "loan", "yes")), True),
    Case("senior citizens, telco", 900, _file(_of_another(_telco, "SeniorCitizen", 1)), True),
    Case("paperless, no, telco, 10 % rare", 900, _file(_of_another(_telco, "PaperlessBilling", "No"), 0.1), True),
    Case("widowed, adult, 6 % rare", 900, _file(_of_another(_adult, "x5", "Widowed"), 0.06), True),
    Case("government, adult", 1000, _file(_of_another(_adult, "x1", "Local-gov")), True),
    Case("schooling, credit default, 10 % rare", 800, _file(_of_another(_taiwan, "EDUCATION", 3), 0.1), True),
    Case("digits, the ones", 800, _bundled("digits", lambda y: y == 1), True),
    Case("shells, 10 %", 900, _shells(0.1, 6)),
    Case("shells, 5 %", 900, _shells(0.05, 3)),
    Case("waves, 8 %", 900, _waves(0.08, 0.5)),
    Case("waves, 4 %, noise", 1000, _waves(0.04, 1.2)),
    Case("products, 10 %", 1000, _products(0.1, 8, 0.4)),
    Case("products, 6 %, noise", 800, _products(0.06, 12, 1.0)),
    Case("heavy tails, 8 %", 1000, _heavy_tails(0.08, 8)),
    Case("heavy tails, 15 %", 500, _heavy_tails(0.15, 20)),
    Case("questionnaire, 7 %", 1000, _questionnaire(0.07, 15)),
    Case("questionnaire, 15 %", 600, _questionnaire(0.15, 30)),
    Case("switches, 10 %", 1000, _switches(0.1, 12)),
]


def _hastie(rng: np.random.Generator, n: int) -> Table:
    X = rng.normal(size=(n, 10))
    return X, _labelled((X**2).sum(axis=1) + rng.normal(size=n), 0.12)


def boosted() -> dict[str, Any]:
    """A linear model, and LightGBM's boosting: scikit-learn's takes several times as long on tables of this size."""
    from lightgbm import LGBMClassifier

    return {
        "logistic regression": LogisticRegression(max_iter=1000),
        "gradient boosting": LGBMClassifier(n_jobs=1, verbose=-1),
    }


def studied(case: Case, keep: Path, times: int = 1) -> Any:
    """A comparison whose last split is the truth: all rows given, tested on all that were not.

    times: how many times the rows of the list are given, if half of the table has as many.
    """
    number = (CASES + FRESH).index(case)
    table = case.make(np.random.default_rng(number), times * case.n_given + N_HELD)
    if table is None:
        return None
    X, y = table
    rows = np.arange(len(y))
    n_given = min(times * case.n_given, len(y) // 2)
    given, held = train_test_split(rows, train_size=n_given, stratify=y, random_state=number)
    folds = StratifiedKFold(5, shuffle=True, random_state=number).split(given, y[given])
    splits = [*((given[train], given[test]) for train, test in folds), (given, held)]
    return study.compare(X, y, rare=1, models=boosted(), arms=TRIED, cv=splits, keep=keep, random_state=number)


def halves(comparison: Any) -> tuple[Any, dict[tuple[str, str], float]]:
    """What `compare` was given, and what each arm was worth on the rows that were held back."""
    last = comparison.n_folds - 1
    given = replace(
        comparison,
        n_folds=last,
        runs=[],
        stopped={},
        repeat_of_fold=comparison.repeat_of_fold[:last],
        _predictions={},
    )
    truth = {}
    for run in comparison.runs:
        if run.error is not None:
            continue
        if run.fold == last:
            truth[run.model, run.arm] = run.scores[comparison.metric]
        else:
            given.add(run, comparison._predictions[run.model, run.arm][run.fold])
    return given, truth


def best_by_folds(given: Any, arms: list[str]) -> tuple[str, str]:
    """The pair of an arm and a model that the folds find best."""
    pairs = [pair for pair in given.pairs() if pair[1] in arms]
    return max(pairs, key=lambda pair: given.estimate(*pair, given.shared_folds(pair)).value)


def judged(case: Case, comparison: Any) -> dict[str, Any]:
    """Regrets on one table."""
    given, truth = halves(comparison)
    best = max(truth.values())
    bet, proof = given.bet, given.proof
    rules = {
        "the best bet": (bet.model, bet.arm),
        "the highest mean": best_by_folds(given, [arm for _, arm in given.pairs() if arm != NOTHING]),
        "always a tuned threshold": best_by_folds(given, [REFERENCE]),
        "always SMOTE": best_by_folds(given, ["SMOTE"]),
        "always nothing": best_by_folds(given, [NOTHING]),
        "always a random forest": ("-", "random forest"),
    }
    reference = rules["always a tuned threshold"]
    return {
        "table": case.name,
        "real": case.is_real,
        "fresh": case in FRESH,
        "rows": given.n_rows,
        "chosen": {rule: f"{arm}, {model}" for rule, (model, arm) in rules.items()},
        "best": max(truth, key=lambda pair: truth[pair]),
        "regret": {rule: best - truth[pair] for rule, pair in rules.items()},
        "expected regret": bet.regret,
        "gain over a tuned threshold": truth[bet.model, bet.arm] - truth[reference],
        "proved": None if proof is None or not proof.is_better else proof.pair,
        "gain of what is proved": None
        if proof is None or not proof.is_better
        else truth[proof.pair] - truth[proof.reference],
    }


def summarised(found: list[dict[str, Any]]) -> list[str]:
    """A table of Markdown."""
    lines = ["| rule | mean regret | within 0.01 of the best | more than 0.03 short |", "| --- | --: | --: | --: |"]
    for rule in found[0]["regret"]:
        regret = np.array([one["regret"][rule] for one in found])
        near, far = (f"{100 * part.mean():.0f} %" for part in (regret <= 0.01, regret > 0.03))
        lines.append(f"| {rule} | {regret.mean():.4f} | {near} | {far} |")
    proved = [one["gain of what is proved"] for one in found if one["proved"]]
    gains = np.array([one["gain over a tuned threshold"] for one in found])
    return [
        *lines,
        "",
        f"Tables: {len(found)}. The best bet was worse than the best tuned threshold by more than 0.01 on "
        f"{(gains < -0.01).sum()}, better by more than 0.01 on {(gains > 0.01).sum()}. Proved was a remedy on "
        f"{len(proved)}, of which {sum(gain < 0 for gain in proved)} were worse on the held half. Expected regret "
        f"{np.mean([one['expected regret'] for one in found]):.4f} on average.",
    ]


def collect(keep: Path, names: str, times: int) -> Iterator[tuple[Case, Any]]:
    """Every table's comparison, made or kept, in an order drawn at random: whoever stops early has seen a fair part."""
    cases = CASES + FRESH
    for number in np.random.default_rng(0).permutation(len(cases)):
        if names in cases[number].name and (comparison := studied(cases[number], keep, times)) is not None:
            yield cases[number], comparison


def _two_clouds(rng: np.random.Generator, n: int) -> Table:
    """8 columns, one class in ten rare, elsewhere and wider."""
    y = (rng.random(n) < 0.1).astype(np.int64)
    X = rng.normal(size=(n, 8))
    X[y == 1] *= 1.3
    X[y == 1, :3] += 0.9
    X[:, 4] += X[:, 0]
    return X, y


def coverage(n_rows: int, n_tables: int, n_held: int = 30_000) -> dict[str, float]:
    """How often 95 % intervals of differences in F1 hold what is true, over tables drawn anew from one distribution.

    True is the mean over all tables of the differences on rows that are held back, of models fitted as in the folds.
    """
    models = {
        "linear": LogisticRegression(solver="newton-cholesky"),
        "bayes": GaussianNB(),
        "tree": DecisionTreeClassifier(max_depth=6),
    }
    found: dict[tuple[Any, Any], list[Any]] = {}
    true: dict[Any, list[float]] = {}
    for number in range(n_tables):
        rng = np.random.default_rng(number)
        X, y = _two_clouds(rng, n_rows + n_held)
        folds = list(
            RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=number).split(X[:n_rows], y[:n_rows])
        )
        splits = [*folds, (folds[0][0], np.arange(n_rows, n_rows + n_held))]
        comparison = study.compare(
            X, y, rare=1, models=models, arms=["random under-sampling"], cv=splits, random_state=number
        )
        given, truth = halves(comparison)
        for pair, score in truth.items():
            true.setdefault(pair, []).append(score)
        for ours, theirs in itertools.combinations(given.pairs(), 2):
            found.setdefault((ours, theirs), []).append(given.difference(ours, theirs))
    means = {pair: float(np.mean(scores)) for pair, scores in true.items()}
    return {
        f"{ours[1]}, {ours[0]} - {theirs[1]}, {theirs[0]}": float(
            np.mean([d.low <= means[ours] - means[theirs] <= d.high for d in differences])
        )
        for (ours, theirs), differences in found.items()
    }


def main() -> int:
    """Make or take up all comparisons, and print what came of them; ``--out`` writes it, too."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks advice", description=__doc__)
    parser.add_argument("--keep", type=Path, default=ROOT / ".benchmarks" / "advice", help="folder of the fits")
    parser.add_argument("--out", type=Path, help="a file of JSON with every table")
    parser.add_argument("--coverage", type=int, nargs="*", default=[], metavar="ROWS", help="simulate at these sizes")
    parser.add_argument("--tables", type=int, default=200, help="of each size that is simulated")
    parser.add_argument("--times", type=int, default=1, help="give so many times the rows of the list")
    parser.add_argument("-k", metavar="WORD", default="", help="only tables whose name holds this word")
    options = parser.parse_args(sys.argv[2:] if sys.argv[1:2] == ["advice"] else None)
    warnings.simplefilter("ignore")
    for n_rows in options.coverage:
        held = coverage(n_rows, options.tables)
        print(f"{n_rows:,} rows: {100 * np.mean(list(held.values())):.1f} % of intervals hold what is true; {held}")
    if options.coverage:
        return 0
    found = []
    for case, comparison in collect(options.keep, options.k, options.times):
        found.append(judged(case, comparison))
        print(
            f"{case.name}: {found[-1]['chosen']['the best bet']}, {found[-1]['regret']['the best bet']:.3f}", flush=True
        )
    if not found:
        parser.error(f"no table has {options.k!r} in its name")
    parts = {"all": found, "the list": [one for one in found if not one["fresh"]]}
    for title, part in {**parts, "fresh": [one for one in found if one["fresh"]]}.items():
        if part:
            print("\n".join([f"\n{title}\n", *summarised(part)]))
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
