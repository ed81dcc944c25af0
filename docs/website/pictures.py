"""A picture for the page of each estimator: the same small data, before and after."""

from __future__ import annotations

import importlib
import inspect
import itertools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from docs.guide import make_gallery
from docs.website.drawing import BLUE, GREEN, GREY, MODES, RED, draw_both

Draw = Callable[[Any], None]
COLORS = (BLUE, RED)


def is_pictured(value: Any) -> bool:
    """Whether a public name is an estimator that can be used as it is: those have a picture."""
    return inspect.isclass(value) and issubclass(value, BaseEstimator) and not value.__name__.startswith("Base")


def draw(name: str, value: Any, folder: Path) -> str:
    """Write the pictures of an estimator, unless they are there; returns their name without mode."""
    path = folder / f"{name}.png"
    if all(path.with_stem(f"{name}-{mode}").is_file() for mode in MODES):
        return path.name
    drawing = _drawing(value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of small data: few rows in danger, a network that has not converged
        draw_both(path, (7.4, 3.0), drawing)
    return path.name


def _drawing(value: Any) -> Draw:
    package = value.__module__.split(".")[1]
    by_package = {
        "calibration": _probabilities,
        "ensemble": _regions,
        "keras": _regions,
        "metrics": _distances,
        "model_selection": _thresholds,
        "multilabel": _labels,
        "neighbors": _neighbors,
        "pipeline": _steps,
        "regression": _values,
        "study": _regions,
    }
    return by_package.get(package, _rows)(value)


def _made(value: Any, **parameters: Any) -> Any:
    """An estimator with a seed, if it takes one, and those of the parameters that it knows."""
    known = inspect.signature(value).parameters
    given = {"random_state": 0, **parameters}
    return value(**{name: given[name] for name in given if name in known})


# ------------------------------------------------------------------------------------------------------------ samplers


def _scatter(axes: Any, X: NDArray[Any], y: NDArray[Any], **how: Any) -> None:
    for code, color in enumerate(COLORS):
        axes.plot(*X[y == code].T, linestyle="none", **{"color": color, **how})


def _bare(axes: Any, title: str) -> None:
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(GREY)


def _rows(value: Any) -> Draw:
    """Before and after resampling: new rows are crosses, rows left out are pale rings."""
    X, y = make_gallery.make_data(300)
    panels = [panel for group in make_gallery.GROUPS.values() for panel in group if panel]
    found = [panel for panel in panels if type(panel.sampler) is value]
    sampler, read = (found[0].sampler, found[0].read) if found else (_first_rows(value), np.asarray)
    X_in = read(X)
    X_out, y_out = sampler.fit_resample(X_in, y)
    recipe = getattr(sampler, "recipe_", None)
    is_new = np.zeros(len(y_out), bool) if recipe is None else sampler.is_synthetic_
    is_left = np.zeros(len(X), bool)
    is_left[slice(len(X_out)) if recipe is None else recipe.kept_rows()] = True
    # Categories lie on each other: drawn beside each other.
    spread = np.random.default_rng(0).uniform(-0.28, 0.28, X_out.shape) * (X_in != X).any(axis=0)

    def draw_rows(figure: Any) -> None:
        before, after = figure.subplots(1, 2, sharex=True, sharey=True)
        _scatter(before, X, y, marker="o", markersize=3)
        _bare(before, f"before: {np.sum(y == 0)} and {np.sum(y == 1)} rows")
        _scatter(after, X[~is_left], y[~is_left], color=GREY, marker="o", markersize=2.6, fillstyle="none", mew=0.5)
        shown = X_out + spread
        _scatter(after, shown[is_new], y_out[is_new], marker="x", markersize=4, mew=0.7, alpha=0.85)
        _scatter(after, shown[~is_new], y_out[~is_new], marker="o", markersize=3)
        _bare(after, f"after: {np.sum(y_out == 0)} and {np.sum(y_out == 1)} rows")

    return draw_rows


def _first_rows(value: Any) -> Any:
    """FunctionSampler, which does nothing by itself, keeps the first half here."""
    return value(func=lambda X, y: (X[:150], y[:150]))


def _labels(value: Any) -> Draw:
    """Rows of each label before and after."""
    from sklearn.datasets import make_multilabel_classification

    X, y = make_multilabel_classification(n_samples=1500, n_classes=10, n_labels=3, random_state=3)
    _, y_new = _made(value).fit_resample(X, y)
    order = np.argsort(-y.sum(axis=0))

    def draw_bars(figure: Any) -> None:
        axes = figure.subplots()
        places = np.arange(y.shape[1])
        axes.bar(places - 0.2, y.sum(axis=0)[order], 0.38, color=GREY, label=f"before: {len(y)} rows")
        axes.bar(places + 0.2, y_new.sum(axis=0)[order], 0.38, color=RED, label=f"after: {len(y_new)} rows")
        axes.set(xticks=places, xlabel="labels, the most frequent first", ylabel="rows")
        axes.legend()

    return draw_bars


def _values(value: Any) -> Draw:
    """A column and a continuous target before and after; relevance as a curve."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = np.exp(0.8 * X[:, 0] + 0.3 * rng.normal(size=300))
    if not hasattr(value, "fit_resample"):
        relevance = value(extremes="high").fit(y)
        grid = np.linspace(0, y.max(), 300)

        def draw_curve(figure: Any) -> None:
            axes = figure.subplots()
            axes.hist(y, bins=50, color=BLUE, alpha=0.6)
            axes.set(xlabel="target", ylabel="rows")
            beside = axes.twinx()
            beside.plot(grid, relevance(grid), color=RED, linewidth=2)
            beside.set_ylabel("relevance")

        return draw_curve
    sampler = _made(value, relevance=importlib.import_module("fastbal.regression").Relevance(extremes="high"))
    X_new, y_new = sampler.fit_resample(X, y)
    is_new = sampler.is_synthetic_

    def draw_targets(figure: Any) -> None:
        before, after = figure.subplots(1, 2, sharex=True, sharey=True)
        before.plot(X[:, 0], y, "o", color=BLUE, markersize=3)
        before.set(title=f"before: {len(y)} rows", xlabel="a column", ylabel="target")
        after.plot(X_new[~is_new, 0], y_new[~is_new], "o", color=BLUE, markersize=3)
        after.plot(X_new[is_new, 0], y_new[is_new], "x", color=RED, markersize=4)
        after.set(title=f"after: {len(y_new)} rows, {is_new.sum()} of them new", xlabel="a column")

    return draw_targets


# ---------------------------------------------------------------------------------------------------------- classifiers


def _regions(value: Any) -> Draw:
    """Where an ordinary tree, and where this classifier sees the rare class."""
    X, y = make_gallery.make_data(300)
    models = {
        "a tree": DecisionTreeClassifier(min_samples_leaf=3, random_state=0),
        value.__name__: _made(value, n_estimators=20, epochs=30, class_weight="balanced", batch_size=32),
    }
    grid = np.stack(np.meshgrid(np.linspace(-4, 4, 90), np.linspace(-3.5, 3.5, 90)), axis=-1)
    seen = {name: model.fit(X, y).predict_proba(grid.reshape(-1, 2))[:, 1] for name, model in models.items()}

    def draw_regions(figure: Any) -> None:
        for axes, (name, rare) in zip(figure.subplots(1, 2, sharex=True, sharey=True), seen.items(), strict=True):
            axes.contourf(*np.moveaxis(grid, -1, 0), rare.reshape(90, 90), [0.5, 1.01], colors=[RED], alpha=0.25)
            _scatter(axes, X, y, marker="o", markersize=3)
            _bare(axes, name)

    return draw_regions


def _skewed() -> tuple[Any, ...]:
    """Two overlapping clouds of rows, which a logistic regression describes."""
    rng = np.random.default_rng(0)
    y = (rng.random(12_000) < 0.05).astype(int)
    X = rng.normal(size=(len(y), 4)) + 0.8 * y[:, None]
    return tuple(train_test_split(X, y, stratify=y, random_state=0))


def _probabilities(value: Any) -> Draw:
    """How often rows are rare that are said to be so with a probability: before and after."""
    from sklearn.calibration import calibration_curve

    from fastbal.over_sampling import SMOTE
    from fastbal.pipeline import make_pipeline

    X_train, X_test, y_train, y_test = _skewed()
    balanced = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    models = {"after SMOTE": (balanced, RED), value.__name__: (value(balanced), GREEN)}
    curves = {
        name: (
            *calibration_curve(y_test, model.fit(X_train, y_train).predict_proba(X_test)[:, 1], n_bins=8),
            color,
        )
        for name, (model, color) in models.items()
    }

    def draw_calibration(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
        for name, (true, said, color) in curves.items():
            axes.plot(said, true, "o-", color=color, label=name)
        axes.set(xlabel="probability said", ylabel="share that is rare", aspect="equal")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    return draw_calibration


def _thresholds(value: Any) -> Draw:
    """F1 and cost by the threshold, and where this one cuts."""
    from sklearn.metrics import f1_score

    X_train, X_test, y_train, y_test = _skewed()
    rare = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
    cuts = np.linspace(0.01, 0.9, 90)
    scores = [f1_score(y_test, rare >= cut, zero_division=0) for cut in cuts]
    if hasattr(value, "predict"):
        cut = {"threshold": 1 / 21} if "threshold" in inspect.signature(value).parameters else {}
        model = value(LogisticRegression(), **cut).fit(X_train, y_train)
        chosen = cut.get("threshold") or model.best_threshold_
    else:
        chosen = None

    def draw_scores(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot(cuts, scores, color=BLUE, label="F1 of the test rows")
        axes.axvline(0.5, color=GREY, linestyle=":", label="0.5")
        if chosen is not None:
            axes.axvline(chosen, color=RED, label=f"{value.__name__}: {chosen:.2f}")
        axes.set(xlabel="threshold", ylabel="F1")
        axes.legend()

    return draw_scores


# --------------------------------------------------------------------------------------------------------------- others


def _neighbors(value: Any) -> Draw:
    """The neighbours of three rows."""
    X, _ = make_gallery.make_data(300)
    queries = [10, 200, 290]
    found = value(n_neighbors=8).fit(X).kneighbors(X[queries])[1]

    def draw_neighbors(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot(*X.T, "o", color=GREY, markersize=2.5)
        for query, rows in zip(queries, found, strict=True):
            for row in rows:
                axes.plot(*X[[query, row]].T, color=RED, linewidth=1)
            axes.plot(*X[query], "o", color=RED, markersize=5)
        _bare(axes, "three rows, and the seven others nearest to each")

    return draw_neighbors


def _distances(value: Any) -> Draw:
    """How far apart categories are: near where classes are as frequent."""
    rng = np.random.default_rng(0)
    shops = rng.integers(0, 5, size=(2000, 1))
    y = rng.random(2000) < np.array([0.02, 0.03, 0.1, 0.12, 0.3])[shops[:, 0]]
    distances = value(n_categories=[5]).fit(shops, y).pairwise(np.arange(5)[:, None])

    def draw_distances(figure: Any) -> None:
        axes = figure.subplots()
        shown = axes.imshow(distances, cmap="Blues")
        names = [f"{rare:.0%} rare" for rare in (0.02, 0.03, 0.1, 0.12, 0.3)]
        axes.set_xticks(range(5), names, rotation=30)
        axes.set_yticks(range(5), names)
        figure.colorbar(shown, ax=axes, label="distance of two categories")

    return draw_distances


def _steps(value: Any) -> Draw:
    """What a pipeline does while fitting, and what while predicting."""
    steps = ["scale", "resample", "model"]

    def draw_steps(figure: Any) -> None:
        axes = figure.subplots()
        axes.set(xlim=(-0.6, 3.2), ylim=(-0.4, 1.8))
        axes.axis("off")
        for height, (when, used, color) in enumerate([("predict", (0, 2), BLUE), ("fit", (0, 1, 2), RED)]):
            axes.text(-0.5, height + 0.15, when, va="center", color=color)
            for number, step in enumerate(steps):
                is_used = number in used
                axes.text(
                    number + 0.4,
                    height + 0.15,
                    step,
                    ha="center",
                    va="center",
                    alpha=1 if is_used else 0.35,
                    bbox={"boxstyle": "round,pad=0.5", "fc": "none", "ec": color if is_used else GREY},
                )
            for one, two in itertools.pairwise(used):
                axes.annotate(
                    "",
                    (two + 0.08, height + 0.15),
                    (one + 0.74, height + 0.15),
                    arrowprops={"arrowstyle": "->", "color": color, "connectionstyle": "arc3,rad=-0.25"},
                )

    return draw_steps
