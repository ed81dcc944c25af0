"""Tables of an archive: fetched once, kept as a whole or not at all. The archive is one that the tests make."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import imblearn.datasets
import numpy as np
import pytest
from imblearn.datasets._zenodo import MAP_NAME_ID
from imblearn.datasets._zenodo import URL as THEIR_URL

from fastbal.datasets import _zenodo, fetch_datasets


def table(number: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(number)
    return rng.random((10 + number, 3)), rng.choice([-1, 1], 10 + number)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 27 small tables, laid out as the real one."""
    path: Path = tmp_path_factory.mktemp("zenodo") / "archive.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for number in range(1, 28):
            content = io.BytesIO()
            X, y = table(number)
            np.savez(content, data=X, label=y)
            member = tarfile.TarInfo(f"x{number}data.npz")
            member.size = content.tell()
            content.seek(0)
            tar.addfile(member, content)
    return path


@pytest.fixture
def online(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_zenodo, "URL", archive.as_uri())


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_zenodo, "URL", (tmp_path / "nowhere.tar.gz").as_uri())


def test_names_and_numbers_are_imbalanced_learns() -> None:
    assert {name: number for number, name in enumerate(_zenodo.NAMES, start=1)} == dict(MAP_NAME_ID)
    assert _zenodo.URL == THEIR_URL
    for number, name in enumerate(_zenodo.NAMES, start=1):
        assert f"    {number:<6} {name:<16} " in (fetch_datasets.__doc__ or "")


@pytest.mark.usefixtures("online")
def test_all_are_fetched_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    got = fetch_datasets(data_home=tmp_path, verbose=True)
    assert capsys.readouterr().out == f"Downloading {_zenodo.URL}\n"
    assert list(got) == list(_zenodo.NAMES)
    for number, (name, bunch) in enumerate(got.items(), start=1):
        X, y = table(number)
        np.testing.assert_array_equal(bunch.data, X)
        np.testing.assert_array_equal(bunch.target, y)
        assert name == bunch.DESCR
    assert sorted(path.name for path in (tmp_path / "zenodo").iterdir()) == sorted(_zenodo.FILES.values())
    fetch_datasets(data_home=str(tmp_path), verbose=True, download_if_missing=False)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("online")
def test_imbalanced_learn_finds_what_was_fetched_and_shuffles_alike(tmp_path: Path) -> None:
    options: dict[str, Any] = {"data_home": str(tmp_path), "filter_data": ("oil", 1, "scene"), "random_state": 3}
    for shuffle in (False, True):
        got = fetch_datasets(**options, shuffle=shuffle)
        expected = imblearn.datasets.fetch_datasets(**options, shuffle=shuffle, download_if_missing=False)
        assert list(got) == list(expected) == ["oil", "ecoli", "scene"]
        for name, bunch in expected.items():
            assert set(got[name]) == set(bunch)
            np.testing.assert_array_equal(got[name].data, bunch.data)
            np.testing.assert_array_equal(got[name].target, bunch.target)


@pytest.mark.usefixtures("offline")
def test_without_a_network_the_way_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"could not be downloaded from .* unpack it into .*zenodo, or give"):
        fetch_datasets(data_home=tmp_path)
    with pytest.raises(OSError, match=r"`download_if_missing` is False: oil would be in .*zenodo"):
        fetch_datasets(data_home=tmp_path, filter_data=("oil",), download_if_missing=False)


@pytest.mark.parametrize("n_bytes", [0, 100, -1000])
def test_a_broken_archive_leaves_nothing_behind(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_bytes: int
) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(archive.read_bytes()[:n_bytes])
    monkeypatch.setattr(_zenodo, "URL", (tmp_path / "broken.tar.gz").as_uri())
    with pytest.raises(OSError, match="could not be downloaded"):
        fetch_datasets(data_home=tmp_path)
    assert list((tmp_path / "zenodo").iterdir()) == []


@pytest.mark.usefixtures("online")
def test_a_member_that_leads_out_of_the_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../evil"))
    monkeypatch.setattr(_zenodo, "URL", (tmp_path / "evil.tar.gz").as_uri())
    with pytest.raises(OSError, match="outside the destination"):
        fetch_datasets(data_home=tmp_path / "home")
    assert not (tmp_path / "home" / "evil").exists()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (("rare",), r"rare is not a dataset available. The available datasets are \['ecoli', "),
        ((28,), "The dataset with the ID=28 is not an available dataset. The IDs are range"),
        ((1.5,), "The value in the tuple should be str or int. Got <class 'float'> instead"),
        ("oil", "The 'filter_data' parameter of fetch_datasets must be"),
    ],
)
def test_what_there_is_not_is_told_as_in_imbalanced_learn(tmp_path: Path, wanted: Any, message: str) -> None:
    for fetch in (fetch_datasets, imblearn.datasets.fetch_datasets):
        with pytest.raises(ValueError, match=message.replace(r"are \['ecoli', ", "are ")):
            fetch(data_home=str(tmp_path), filter_data=wanted)
    with pytest.raises(ValueError, match=message):
        fetch_datasets(data_home=tmp_path, filter_data=wanted)
