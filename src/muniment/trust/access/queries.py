"""Reads about people and what they did."""

from muniment.trust.access.models import User
from muniment.trust.access.rules import Actor, Role


def actor_of(user: User) -> Actor:
    """Return the actor that a logged-in person is."""
    return Actor(user.pk, user.get_username(), frozenset({Role(user.role)}), user.party_id)
