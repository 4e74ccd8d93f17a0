"""The card and the before/after page of an adaptation."""


def write_card(directory, result, rows, morpher):
    """Write card.md."""


def write_page(directory, result, rows, curve):
    """Write page.html."""
