"""Measure what resampling does to probabilities, and what prior correction makes of it: the table of probabilities.md.

    python docs/guide/make_probabilities.py

needs the real tables, in `../shared/data` beside the project, and takes some minutes.
"""

from __future__ import annotations

import sys
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fastbal.calibration import PriorCorrectedClassifier
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler

FOLDER = Path(__file__).parents[3] / "shared" / "data"

Table = tuple[pd.DataFrame, NDArray[np.int64]]


def telco(folder: Path = FOLDER) -> Table:
    """Customers of a telephone company: who leaves?"""
    frame = pd.read_csv(folder / "telco_churn" / "Telco-Customer-Churn.csv", na_values=" ").dropna()
    return frame.drop(columns=["customerID", "Churn"]), (frame["Churn"] == "Yes").to_numpy(np.int64)


def bank_marketing(folder: Path = FOLDER) -> Table:
    """Customers of a bank: who says yes on the telephone?"""
    with zipfile.ZipFile(folder / "bank_marketing" / "bank-additional.zip") as archive:
        frame = pd.read_csv(archive.open("bank-additional/bank-full.csv"), sep=";")
    return frame.drop(columns="y"), (frame["y"] == "yes").to_numpy(np.int64)


def adult(folder: Path = FOLDER) -> Table:
    """People in a census: who earns more than 50,000 dollars?"""
    files = [folder / "adult" / f"adult-{part}.csv" for part in ("train", "test")]
    frame = pd.concat([pd.read_csv(file, header=None, skipinitialspace=True) for file in files], ignore_index=True)
    return frame.iloc[:, :-1], frame.iloc[:, -1].str.startswith(">50K").to_numpy(np.int64)


TABLES = {"telco": telco, "bank marketing": bank_marketing, "adult": adult}
MODELS = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "gradient boosting": HistGradientBoostingClassifier(random_state=0),
}


def ways(model: Any) -> dict[str, Any]:
    """What is compared: a model by itself, and the same model on classes that are balanced in several ways."""
    smote = make_pipeline(SMOTE(random_state=0), model)
    half = make_pipeline(SMOTE(sampling_strategy=0.5, random_state=0), model)
    weighted = clone(model).set_params(class_weight="balanced")
    return {
        "no resampling": model,
        "SMOTE": smote,
        "SMOTE, corrected": PriorCorrectedClassifier(smote),
        "SMOTE to 1 : 2, corrected": PriorCorrectedClassifier(half),
        "random over, corrected": PriorCorrectedClassifier(make_pipeline(RandomOverSampler(random_state=0), model)),
        "random under, corrected": PriorCorrectedClassifier(make_pipeline(RandomUnderSampler(random_state=0), model)),
        "class weights, corrected": PriorCorrectedClassifier(weighted),
        # Shuffled: the bank's rows are in the order of time.
        "SMOTE, calibrated": CalibratedClassifierCV(
            smote, method="isotonic", cv=StratifiedKFold(shuffle=True, random_state=0)
        ),
    }


class Line(NamedTuple):
    """One line of the table: mean losses of rows held back."""

    table: str
    model: str
    way: str
    log_loss: float
    brier: float
    mean: float


def encoder() -> Any:
    """Numbers standardised, all else one-hot."""
    return make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore", drop="if_binary", sparse_output=False),
            make_column_selector(dtype_exclude="number"),
        ),
    )


def measure(table: str, model: str, data: Table, names: list[str] | None = None) -> Iterator[Line]:
    """Losses of five stratified folds' held-back rows together."""
    X, y = data
    folds = StratifiedKFold(shuffle=True, random_state=0)
    for way, estimator in ways(MODELS[model]).items():
        if names is None or way in names:
            pipeline = make_pipeline(encoder(), estimator)
            proba = cross_val_predict(pipeline, X, y, cv=folds, method="predict_proba")[:, 1]
            yield Line(table, model, way, log_loss(y, proba), brier_score_loss(y, proba), proba.mean())


def told_apart(model: str, data: Table) -> float:
    """How well a model can tell SMOTE's rows from those it made them of: area under the ROC curve, by five folds."""
    X, y = data
    sampler = SMOTE(random_state=0)
    X_new, y_new = sampler.fit_resample(encoder().fit_transform(X), y)
    rare = y_new == 1
    is_synthetic = sampler.is_synthetic_[rare]
    folds = StratifiedKFold(shuffle=True, random_state=0)
    score = cross_val_predict(MODELS[model], X_new[rare], is_synthetic, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(is_synthetic, score))


def report(lines: list[Line]) -> str:
    """A table of each loss: of the model by itself, and how far the others are from it."""
    columns = {(line.table, line.model): {} for line in lines}
    for line in lines:
        columns[line.table, line.model][line.way] = line
    out = []
    for title, loss in (("log-loss", "log_loss"), ("Brier score", "brier")):
        names = [f"{table}, {model}" for table, model in columns]
        out += [f"| {' | '.join([title, *names])} |", "|---" + "|--:" * len(names) + "|"]
        for way in ways(MODELS["logistic regression"]):
            cells = []
            for column in columns.values():
                plain, value = getattr(column["no resampling"], loss), getattr(column[way], loss)
                cells.append(f"{value:.4f}" if way == "no resampling" else f"{value / plain - 1:+.1%}")
            out.append(f"| {' | '.join([way, *cells])} |")
        out.append("")
    return "\n".join(out)


def main() -> None:
    """Measure everything and print the table."""
    # One country of the census occurs once: it is not in all folds.
    warnings.filterwarnings("ignore", "Found unknown categories")
    lines: list[Line] = []
    apart: list[str] = []
    for table, read in TABLES.items():
        data = read()
        for model in MODELS:
            for line in measure(table, model, data):
                print(*line, file=sys.stderr, flush=True)
                lines.append(line)
            apart.append(f"{table}, {model}: {told_apart(model, data):.2f}")
    print(report(lines), *apart, sep="\n")


if __name__ == "__main__":
    main()
