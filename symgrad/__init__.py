"""A symbolic derivative engine: read it, derive it, check it, run it, show it."""

__version__ = "0.1.0"
