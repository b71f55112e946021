"""The commands. Each is a thin door into the line; `main` turns errors into sentences and exit codes.

Exit codes: 0 done, 1 something failed or was parked, 2 wrong usage or configuration, 3 refused for safety.
"""

from syncd.cli.main import main

__all__ = ["main"]
