"""Build the site, or a part of what it is made of.

python -m docs.website build [FOLDER]       the site, in build/site; fails on a warning, a dead link, or a question that
                                            the search does not answer
python -m docs.website build --keep FOLDER  the same, from sources that stay there: only what has changed is made anew
python -m docs.website facts                the tables that facts.toml is written into
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

# Threads that wait for each other on a busy machine cost more than they save; pictures are small.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from docs.website import facts, links, pages, reference, results, search


def prepare(source: Path) -> None:
    """All sources of the site: documents as they are, and what is made of docstrings and measurements."""
    pages.copy(source)
    reference.write(source / "api")
    results.write(source / "results")
    pages.put(source / "conf.py", (pages.ROOT / "docs" / "conf.py").read_bytes())


def build(site: Path, work: Path) -> list[str]:
    """Build the site in a folder, from sources made in another; the lines say what is wrong with it."""
    from sphinx.cmd.build import main as sphinx_build

    os.environ["FASTBAL_ROOT"] = str(pages.ROOT)
    prepare(work / "source")
    print(f"sources are made ({time.process_time():.0f} CPU s)", flush=True)
    settings = ["-W", "--keep-going", "-q", "-b", "html", "-d", str(work / "doctrees")]
    failed = sphinx_build([*settings, str(work / "source"), str(site)])
    print(f"pages are written ({time.process_time():.0f} CPU s)", flush=True)
    if failed:
        return ["Sphinx has warnings or errors, above."]
    return [*links.dead_links(site), *search.unanswered(site)]


def main(argv: list[str] | None = None) -> int:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["build", "facts"])
    parser.add_argument("folder", nargs="?", type=Path, default=pages.ROOT / "build" / "site")
    parser.add_argument("--keep", type=Path, metavar="SOURCES")
    options = parser.parse_args(argv)
    if options.what == "facts":
        facts.write()
        return 0
    with tempfile.TemporaryDirectory() as work:
        wrong = build(options.folder, options.keep or Path(work))
    print("\n".join(wrong), file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
