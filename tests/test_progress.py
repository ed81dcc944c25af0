"""Progress is shown to a person at a terminal, for long work, and to nobody else."""

from __future__ import annotations

import io
import sys
import threading

import pytest

from fastbal import _progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal for the rest of the test (a fixture would be too early: pytest takes stderr back)."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_nobody_is_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with _progress.show_progress("work") as progress:
        assert progress is None
    monkeypatch.setattr(sys, "stderr", None)
    with _progress.show_progress("work") as progress:
        assert progress is None


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    with _progress.show_progress("work") as progress:
        assert progress is not None
        progress(0.5)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("has_rich", [True, False])
def test_long_work_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, has_rich: bool) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(_progress, "_PATIENCE_SECONDS", 0.0)
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    with _progress.show_progress("searching") as progress:
        assert progress is not None
        progress(0.25)
        progress(0.5)
    assert "searching" in terminal.getvalue()
    assert "50%" in terminal.getvalue() or has_rich


def test_an_error_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(_progress, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(KeyboardInterrupt), _progress.show_progress("searching") as progress:
        assert progress is not None
        progress(0.25)
        raise KeyboardInterrupt
    assert terminal.getvalue().endswith("\r")


def test_other_threads_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    watched(monkeypatch)
    seen = []

    def work() -> None:
        with _progress.show_progress("work") as progress:
            seen.append(progress)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]


def test_work_inside_of_work_has_no_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    watched(monkeypatch)
    with _progress.show_progress("comparing") as outer:
        with _progress.show_progress("searching") as inner:
            assert inner is None
        assert outer is not None
    with _progress.show_progress("searching") as progress:
        assert progress is not None


@pytest.mark.parametrize("has_rich", [True, False])
def test_the_text_changes_with_the_work(monkeypatch: pytest.MonkeyPatch, has_rich: bool) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(_progress, "_PATIENCE_SECONDS", 0.0)
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    with _progress.show_progress("comparing") as progress:
        assert progress is not None
        progress(0.25, "a long name [of a remedy]")
        progress(0.5, "short")
        if not has_rich:
            shown = terminal.getvalue().split("\r")
            assert len(shown[-1].rstrip()) < len(shown[-2]) <= len(shown[-1]) + 1  # what was there is covered
    assert "a long name [of a remedy]" in terminal.getvalue()
