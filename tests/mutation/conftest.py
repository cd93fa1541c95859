"""The tool is no test, and what it imports is not installed for the tests."""

collect_ignore = ["__main__.py", "mutants.py", "runs.py", "packages.py"]
