"""The commands `fastbal resample` and `fastbal info`, for CSV and Parquet files."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; say what to install if its libraries are missing."""
    try:
        from fastbal.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in {"polars", "rich", "typer"}:
            raise
        sys.exit(f"fastbal: the command line needs {error.name}. Install it with: pip install 'fastbal[cli]'")
    app()
