"""Test the site only if `scripts/site` has made the environment that builds it."""

from pathlib import Path

collect_ignore = [] if (Path(__file__).parents[3] / ".venv-site" / "made-from").exists() else ["test_site.py"]
