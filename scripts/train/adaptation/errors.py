"""What a user can put right."""


class AdaptationError(Exception):
    """Something given cannot be used; the message is one sentence for the user."""
