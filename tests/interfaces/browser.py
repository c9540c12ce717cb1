"""A person in front of a browser: logged in, and what a page shows."""

from django.test import Client

from muniment.trust.access.models import User
from muniment.trust.access.rules import Role


def login(role: Role | str, name: str = "", party_id: int | None = None) -> Client:
    """Return a browser in which a person of this role is logged in, under a name or that of the role.

    A member stands for the party `party_id`, 1 where none is given.
    """
    role = Role(role)
    if role is Role.MEMBER and party_id is None:
        party_id = 1
    client = Client()
    client.force_login(User.objects.create_user(name or role.value, role=role.value, party_id=party_id))
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    """Return what stands at an address, which answers with this status."""
    response = client.get(address)
    text = response.content.decode()
    assert response.status_code == status, (address, response.status_code, text[:500])
    return text
