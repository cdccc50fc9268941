"""`python -m symgrad`, the same as the command `symgrad`."""

from symgrad.cli.main import main

if __name__ == "__main__":
    main()
