"""The command `prilavok`: everything that runs, keeps and mends an installation."""


def main() -> None:
    """Run the command; its modules are imported only now, so that `prilavok.cli.postgres` stays light."""
    from prilavok.cli.commands import run

    run()
