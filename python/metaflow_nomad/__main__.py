"""`python -m metaflow_nomad`: the same as the `metaflow-nomad` command."""

from .command import main

if __name__ == "__main__":
    main()
