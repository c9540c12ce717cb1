"""The commands `muniment user …`: who may log in, in which role."""

from secrets import SystemRandom
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.kernel.words.problems import UserError
from muniment.trust.access import queries, services
from muniment.trust.access.queries import UserRow
from muniment.trust.access.rules import Role, generate_password

app = typer.Typer(no_args_is_help=True, help="Logins: who may come in, in which role.")

Login = Annotated[str, typer.Argument(help="The login name.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; the audit trail keeps this name.")]


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the person does.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    party: Annotated[int | None, typer.Option(help="For a member: the number of the party.")] = None,
    person: Person = None,
) -> None:
    """Make a login and print its password, this one time."""
    password = generate_password(SystemRandom())
    services.create_user(
        actor=operator_actor(person),
        at=now(),
        username=login,
        password=password,
        name=name or login,
        role=role,
        party_id=party,
    )
    console.print(f"The password of {login}, shown this one time: {password}")


@app.command()
def password(login: Login, person: Person = None) -> None:
    """Give a login a new password and print it, this one time."""
    fresh = generate_password(SystemRandom())
    services.set_password(actor=operator_actor(person), at=now(), user_id=_user(login).id, password=fresh)
    console.print(f"The password of {login}, shown this one time: {fresh}")


@app.command()
def role(
    login: Login,
    role: Annotated[Role, typer.Argument(help="The new role.")],
    party: Annotated[int | None, typer.Option(help="For a member: the number of the party.")] = None,
    person: Person = None,
) -> None:
    """Give a person another role."""
    services.set_role(actor=operator_actor(person), at=now(), user_id=_user(login).id, role=role, party_id=party)
    console.print(f"{login} is {role.value} now.")


@app.command()
def close(login: Login, person: Person = None) -> None:
    """Let a person log in no longer."""
    services.set_active(actor=operator_actor(person), at=now(), user_id=_user(login).id, active=False)
    console.print(f"The login {login} is closed.")


@app.command(name="open")
def open_(login: Login, person: Person = None) -> None:
    """Let a person log in again."""
    services.set_active(actor=operator_actor(person), at=now(), user_id=_user(login).id, active=True)
    console.print(f"The login {login} is open.")


@app.command(name="list")
def list_(role: Annotated[Role | None, typer.Option(help="Only those in this role.")] = None) -> None:
    """List the logins."""
    rows: list[list[object]] = [
        [user.username, user.name, user.role.value, user.party_id, "open" if user.is_active else "closed"]
        for user in queries.list_users(role=role)
    ]
    print_table("Logins", ["Login", "Name", "Role", "Party", "State"], rows)


def _user(login: str) -> UserRow:
    user = queries.find_user(login)
    if user is None:
        raise UserError(f"There is no login {login!r}.", "Run `muniment user list` to see them.")
    return user
