"""The commands `fastbal resample`, `fastbal info`, `fastbal compare` and `fastbal audit`, for files of tables."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; say what to install if its libraries are missing."""
    try:
        from fastbal.cli.app import app

        app()
    except KeyboardInterrupt:  # before the command has begun
        print("fastbal: Interrupted. Nothing was written.", file=sys.stderr)
        sys.exit(130)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in {"jinja2", "polars", "rich", "typer", "zstandard"}:
            raise
        sys.exit(f"fastbal: the command line needs {library}. Install it with: pip install 'fastbal[cli]'")
