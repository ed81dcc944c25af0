"""The program that fits the remedy one would bet on, as text that runs."""

from __future__ import annotations

from typing import Any

from fastbal.study._advice import bet_on
from fastbal.study._arms import ARMS, OWN
from fastbal.study._models import MODELS
from fastbal.study._results import Results


def program_of(results: Results) -> str:
    """A program that fits the best bet on all rows and keeps it; "" if there is no bet.

    How the table is read stands in ``settings["read"]``, lines that make `X` and `y`, if the table came from a file.
    """
    bet = bet_on(results)
    if bet is None:
        return ""
    arguments: dict[str, Any] = {"arm": bet.arm}
    if bet.model != OWN:
        arguments["model"] = bet.model
    asked = results.settings["arguments"]
    arguments |= {
        name: asked[name]
        for name in ("metric", "cost", "budget", "min_precision", "rare", "random_state")
        if name in asked
    }
    yours = [name for name, known in ((bet.arm, ARMS), (bet.model, {**MODELS, OWN: None})) if name not in known]
    lines = ["import joblib", *results.settings.get("read", ["# X and y: your table, and its labels"])]
    if yours:
        lines.append(f"# {' and '.join(map(repr, yours))}: put your own object in place of the name")
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    lines += [
        "from fastbal.study import TableClassifier",
        "",
        f"model = TableClassifier({given}).fit(X, y)",
        'joblib.dump(model, "model.joblib")',
        "print(model.cut_off_, model.predict(X[:5]), model.predict_proba(X[:5]))",
    ]
    return "\n".join(lines)
