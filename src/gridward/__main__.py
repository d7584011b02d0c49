"""``python -m gridward`` is the command line."""

from gridward.cli import main

main()
