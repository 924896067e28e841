"""What the company domain adds to the menu."""


def fill() -> None:
    """Settings pages; called once the apps are loaded."""
