"""``python -m agentlog``: the command line, where the script of that name is not on the path."""

from agentlog.cli.main import main

if __name__ == "__main__":
    main()
