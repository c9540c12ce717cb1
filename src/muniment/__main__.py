"""`python -m muniment` is `muniment`."""

from muniment.interfaces.cli import main

if __name__ == "__main__":
    main()
