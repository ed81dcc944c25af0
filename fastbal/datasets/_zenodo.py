"""27 imbalanced tables that papers compare methods on, fetched once and kept."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import zlib
from collections import OrderedDict
from numbers import Integral
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch, check_random_state

from fastbal._sklearn import check_arguments

URL = "https://zenodo.org/record/61452/files/benchmark-imbalanced-learn.tar.gz"

#: In the order of their numbers, from 1.
NAMES = (
    "ecoli",
    "optical_digits",
    "satimage",
    "pen_digits",
    "abalone",
    "sick_euthyroid",
    "spectrometer",
    "car_eval_34",
    "isolet",
    "us_crime",
    "yeast_ml8",
    "scene",
    "libras_move",
    "thyroid_sick",
    "coil_2000",
    "arrhythmia",
    "solar_flare_m0",
    "oil",
    "car_eval_4",
    "wine_quality",
    "letter_img",
    "yeast_me2",
    "webpage",
    "ozone_level",
    "mammography",
    "protein_homo",
    "abalone_19",
)
#: A table's name to its file in the archive and on disk; the same as imbalanced-learn's, so what it fetched is found.
FILES = {name: f"x{number}data.npz" for number, name in enumerate(NAMES, start=1)}


@check_arguments(
    {
        "data_home": [str, os.PathLike, None],
        "filter_data": [tuple, None],
        "download_if_missing": ["boolean"],
        "random_state": ["random_state"],
        "shuffle": ["boolean"],
        "verbose": ["boolean"],
    }
)
def fetch_datasets(
    *,
    data_home: str | os.PathLike[str] | None = None,
    filter_data: tuple[str | int, ...] | None = None,
    download_if_missing: bool = True,
    random_state: Any = None,
    shuffle: bool = False,
    verbose: bool = False,
) -> OrderedDict[str, Bunch]:
    """Load imbalanced tables of two classes, and download them if they are not at hand.

    They come in one archive, record 61452 of Zenodo, which the authors of imbalanced-learn have made of tables of the
    UCI repository, LIBSVM and KDD cups, after Ding (2011). The labels are 1, the rare class, and -1.

    ====== ================ ========================= ========== ======= =======
    number name             from, rare class          ratio      rows    columns
    ====== ================ ========================= ========== ======= =======
    1      ecoli            UCI, imU                  8.6 : 1    336     7
    2      optical_digits   UCI, 8                    9.1 : 1    5620    64
    3      satimage         UCI, 4                    9.3 : 1    6435    36
    4      pen_digits       UCI, 5                    9.4 : 1    10992   16
    5      abalone          UCI, 7                    9.7 : 1    4177    10
    6      sick_euthyroid   UCI, sick euthyroid       9.8 : 1    3163    42
    7      spectrometer     UCI, 44 and above         11 : 1     531     93
    8      car_eval_34      UCI, good and very good   12 : 1     1728    21
    9      isolet           UCI, A and B              12 : 1     7797    617
    10     us_crime         UCI, above 0.65           12 : 1     1994    100
    11     yeast_ml8        LIBSVM, 8                 13 : 1     2417    103
    12     scene            LIBSVM, several labels    13 : 1     2407    294
    13     libras_move      UCI, 1                    14 : 1     360     90
    14     thyroid_sick     UCI, sick                 15 : 1     3772    52
    15     coil_2000        KDD CoIL, rare class      16 : 1     9822    85
    16     arrhythmia       UCI, 6                    17 : 1     452     278
    17     solar_flare_m0   UCI, M above 0            19 : 1     1389    32
    18     oil              UCI, rare class           22 : 1     937     49
    19     car_eval_4       UCI, very good            26 : 1     1728    21
    20     wine_quality     UCI, 4 and below          26 : 1     4898    11
    21     letter_img       UCI, Z                    26 : 1     20000   16
    22     yeast_me2        UCI, ME2                  28 : 1     1484    8
    23     webpage          LIBSVM w7a, rare class    33 : 1     34780   300
    24     ozone_level      UCI, ozone                34 : 1     2536    72
    25     mammography      UCI, rare class           42 : 1     11183   6
    26     protein_homo     KDD Cup 2004, rare class  111 : 1    145751  74
    27     abalone_19       UCI, 19                   130 : 1    4177    10
    ====== ================ ========================= ========== ======= =======

    Parameters
    ----------
    data_home : str, path or None, default=None
        Folder to keep them in, under ``zenodo``. None is scikit-learn's, ``~/scikit_learn_data`` unless set otherwise.
    filter_data : tuple of str and int, or None, default=None
        Names or numbers of those to load. None are all.
    download_if_missing : bool, default=True
        Whether to download the archive if one of them is not at hand.
    random_state : int, RandomState or None, default=None
        The random numbers to shuffle with; an int starts again for each table.
    shuffle : bool, default=False
        Whether to shuffle the rows.
    verbose : bool, default=False
        Whether to print what is downloaded.

    Returns
    -------
    OrderedDict of str to Bunch
        For each name, in the order asked for: ``data``, ndarray of shape (n_rows, n_columns), ``target``, ndarray of
        shape (n_rows,), and ``DESCR``, the name.

    Raises
    ------
    ValueError
        If there is no table of such a name or number.
    OSError
        If a table is not at hand, and must not or cannot be downloaded.

    References
    ----------
    Ding: Diversified ensemble classifiers for highly imbalanced data learning and their application in bioinformatics.
    Dissertation, Georgia State University (2011).
    """
    names = NAMES if filter_data is None else [_name_of(item) for item in filter_data]
    folder = Path(get_data_home(data_home)) / "zenodo"
    missing = [name for name in names if not (folder / FILES[name]).is_file()]
    if missing and not download_if_missing:
        raise OSError(
            f"Data not found and `download_if_missing` is False: {', '.join(missing)} would be in {folder}. Allow the "
            f"download, or give the data_home that holds them."
        )
    if missing:
        _download(folder, verbose)
    return OrderedDict((name, _load(name, folder, shuffle, random_state)) for name in names)


def _name_of(item: Any) -> str:
    if isinstance(item, str):
        if item in FILES:
            return item
        raise ValueError(f"{item} is not a dataset available. The available datasets are {list(NAMES)}.")
    if not isinstance(item, Integral):
        raise ValueError(f"The value in the tuple should be str or int. Got {type(item)} instead.")
    if 1 <= int(item) <= len(NAMES):
        return NAMES[int(item) - 1]
    raise ValueError(f"The dataset with the ID={item} is not an available dataset. The IDs are {range(1, 28)}.")


def _download(folder: Path, verbose: bool) -> None:
    """Put all tables in a folder; each file is there as a whole or not at all."""
    if verbose:
        print(f"Downloading {URL}")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            archive = Path(scratch) / "archive.tar.gz"
            with urlopen(URL, timeout=60) as source, archive.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            with tarfile.open(archive) as tar:
                tar.extractall(scratch, filter="data")
            for file in FILES.values():
                os.replace(Path(scratch) / file, folder / file)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise OSError(
            f"The data sets could not be downloaded from {URL}: {error}. Without a network, fetch the archive where "
            f"there is one and unpack it into {folder}, or give the data_home that holds it."
        ) from error


def _load(name: str, folder: Path, shuffle: bool, random_state: Any) -> Bunch:
    with np.load(folder / FILES[name]) as file:
        X, y = file["data"], file["label"]
    if shuffle:
        rows = check_random_state(random_state).permutation(len(X))
        X, y = X[rows], y[rows]
    return Bunch(data=X, target=y, DESCR=name)
