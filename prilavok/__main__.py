"""`python -m prilavok` is the command `prilavok`."""

from prilavok.cli import main

if __name__ == "__main__":
    main()
