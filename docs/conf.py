"""Sphinx's settings. The sources are made by `python -m docs.website build`: docs/ itself is not built."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["FASTBAL_ROOT"])  # where the package, docs/ and the scripts of the examples are

import fastbal

ROOT = Path(os.environ["FASTBAL_ROOT"])

project = "fastbal"
author = "the developers of fastbal"
copyright = "the developers of fastbal"
version = release = fastbal.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["**/*.py", "files/**"]
default_role = "code"
nitpicky = False
language = "en"

# Docstrings: what a class is, then its methods, each under its name.
autodoc_typehints = "none"
autodoc_member_order = "alphabetical"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Markdown: as GitHub reads it, and directives.
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4

# Prompts and outputs are not copied.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "fastbal"
html_static_path = ["_static"]
html_css_files = ["fastbal.css"]
html_search_scorer = str(ROOT / "docs" / "_static" / "scorer.js")
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "navigation_depth": 2,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"index": [], "changelog": []}


def reset(gallery_conf: dict[str, Any], name: str) -> None:
    """Every example starts with the same settings and no seed of another one."""
    import warnings

    import matplotlib as mpl
    import numpy as np

    mpl.rcParams.update(mpl.rcParamsDefault)
    mpl.rcParams.update(
        {
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.prop_cycle": mpl.cycler(color=["#3a8fd0", "#e0661a", "#1aa37a", "#8b929b", "#a05fc0"]),
            "figure.constrained_layout.use": True,
            "figure.figsize": (7.4, 3.6),
            "legend.frameon": False,
        }
    )
    warnings.resetwarnings()
    np.random.seed(0)


sphinx_gallery_conf = {
    "examples_dirs": [str(ROOT / "docs" / "examples")],
    "gallery_dirs": ["examples"],
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"__init__\.py",
    "doc_module": ("fastbal",),
    "capture_repr": (),
    "backreferences_dir": "backreferences",
    "reset_modules": (reset,),
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "matplotlib_animations": False,
    "image_srcset": [],
    "copyfile_regex": "",
    "nested_sections": False,
}

suppress_warnings = ["config.cache"]  # of settings that are functions


def setup(app: Any) -> None:
    """Escape names in docstrings that would be marks: `*resampled`, and `n_features_in_` in shapes."""

    def escape(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        for number, line in enumerate(lines):
            starred = re.sub(r"^(\s*)\*(?=\w+$)", r"\1\\*", line)
            shape = re.compile(r"(?<=of shape )\([^)]*\)")
            lines[number] = shape.sub(lambda found: found[0].replace("_", r"\_"), starred)

    app.connect("autodoc-process-docstring", escape, priority=100)  # before numpydoc
