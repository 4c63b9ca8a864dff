"""`python -m assessor` is the command `assess`."""

from assessor.cli import main

main()
