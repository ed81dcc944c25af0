"""An audit as a page that opens anywhere: eight numbers and three drawings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from fastbal.auditing._findings import Findings
from fastbal.study._page import style, template_of

Floats = NDArray[np.float64]

# Of the drawings' coordinates, and bins of distances.
_WIDTH, _HEIGHT, _N_BINS = 300, 170, 30
_MOST_COLUMNS = 20


class _Histogram(NamedTuple):
    """Shares of distances, on a logarithmic scale; those of 0 are in the first bin."""

    new: str
    real: str
    ticks: list[tuple[float, str]]


class _DistanceBar(NamedTuple):
    """A column, and how far apart its entries are."""

    name: str
    distance: float
    is_broken: bool


def page(found: Findings) -> str:
    """A page of HTML that refers to nothing outside of itself."""
    real, new, foreign = _dots(found)
    template = template_of("fastbal.auditing", "audit.html")
    text: str = template.render(
        style=style(),
        found=found,
        findings=found.findings(),
        width=_WIDTH,
        height=_HEIGHT,
        histogram=_histogram(found.pictures.distance, found.pictures.between),
        real=real,
        new=new,
        foreign=foreign,
        bars=_distance_bars(found),
    )
    return text


def framed(found: Findings) -> str:
    """The page in a frame of its own, for a notebook."""
    return str(
        Markup('<iframe srcdoc="{}" style="width:100%;height:60rem;border:0" title="audit"></iframe>').format(
            escape(page(found))
        )
    )


def _histogram(new: Floats, real: Floats) -> _Histogram | None:
    """None if no distance is known to be more than 0."""
    every = np.concatenate([new, real])
    positive = every[every > 0]
    if not len(positive):
        return None
    low, high = np.log10(positive.min()), np.log10(positive.max())
    low, high = (low - 0.5, high + 0.5) if high - low < 0.1 else (low - 0.02 * (high - low), high)
    edges = np.linspace(low, high, _N_BINS + 1)
    shares = []
    for distances in (new, real):
        known = distances[~np.isnan(distances)]
        logs = np.log10(np.where(known > 0, known, 10.0**low))
        shares.append(np.histogram(np.clip(logs, low, high), edges)[0] / max(1, len(known)))
    top = max(share.max() for share in shares)
    digits = (1, 2, 5) if high - low < 2 else (1,)
    marks = [digit * 10.0**power for power in range(int(np.floor(low)), int(high) + 1) for digit in digits]
    places = [(mark, (np.log10(mark) - low) / (high - low)) for mark in marks]
    ticks = [(round(_WIDTH * place, 1), f"{mark:g}") for mark, place in places if 0 <= place <= 1]
    return _Histogram(_steps(shares[0] / top), _steps(shares[1] / top), ticks)


def _steps(shares: Floats) -> str:
    """The outline of bars."""
    x = np.repeat(np.linspace(0, _WIDTH, len(shares) + 1), 2)[1:-1]
    points = zip(x.round(1), np.repeat(_HEIGHT * (1 - shares), 2).round(1), strict=True)
    return f"M0 {_HEIGHT}L" + "L".join(f"{a:g} {b:g}" for a, b in points) + f"L{_WIDTH} {_HEIGHT}"


def _dots(found: Findings) -> tuple[str, str, str]:
    """Real rows, new ones, and new ones in foreign territory; the outermost per cent is drawn at the rim."""
    pictures = found.pictures
    both = np.vstack([pictures.real_points, pictures.new_points])
    low, high = np.quantile(both, [0.005, 0.995], axis=0)
    span = np.where(high > low, high - low, 1.0)

    def drawn(points: Floats) -> str:
        at = np.clip((points - low) / span, 0, 1)
        if at.shape[1] == 1:
            at = np.column_stack([at, np.full(len(at), 0.5)])
        x, y = (_WIDTH * at[:, 0]).round(1), (_HEIGHT * (1 - at[:, 1])).round(1)
        return "".join(f"M{a:g} {b:g}h0" for a, b in zip(x, y, strict=True))

    is_foreign = pictures.is_foreign
    return drawn(pictures.real_points), drawn(pictures.new_points[~is_foreign]), drawn(pictures.new_points[is_foreign])


def _distance_bars(found: Findings) -> list[_DistanceBar]:
    worst: list[Any] = sorted(found.column_distances.items(), key=lambda item: -item[1])[:_MOST_COLUMNS]
    return [
        _DistanceBar(name, distance, any(rule.startswith(f"{name}: ") for rule in found.broken_rules))
        for name, distance in worst
    ]
