"""The commands about the key that signs papers: its roots, a new one, and what was revoked."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.cli.console import console, now, operator_actor, parse_day
from muniment.trust.evidence.rules.revocation import lists_file
from muniment.trust.evidence.rules.stamps import read_roots
from muniment.trust.evidence.services.root import lists_of
from muniment.trust.evidence.services.signer import Reason, renew_signer, revoke_signer, roots_of

RootKey = Annotated[Path | None, typer.Option(help="The key of the root, where it is not in the home.")]


def key() -> None:
    """Print the roots under which certificates are signed, as PEM: give them to whoever verifies."""
    registry_office.registry(now())
    for one in roots_of(evidence_log.home()):
        typer.echo(one.public_bytes(Encoding.PEM).decode(), nl=False)


def revoked() -> None:
    """Print the lists of revoked certificates, as PEM: they are on a public page as well."""
    registry_office.registry(now())
    typer.echo(lists_file(lists_of(evidence_log.home())).decode(), nl=False)


def renew_key(root_key: RootKey = None) -> None:
    """Sign with a new key from now on, under our root if its key is there, else under a new one.

    Papers that are out stay valid under their root.
    """
    renew_signer(evidence_log.home(), settings.MUNIMENT_SOCIETY, now(), registry_office.lists_url(), root_key)
    key()


def revoke_key(
    reason: Annotated[Reason, typer.Option(help="Why, as lists spell it.")],
    since: Annotated[str, typer.Option(help="Since this day, 2026-09-30, others may have had the key.")] = "",
    certificate: Annotated[Path | None, typer.Option(help="Which one (PEM); the one in use if left out.")] = None,
    root_key: RootKey = None,
    person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None,
) -> None:
    """Revoke the certificate that signs papers, and issue the next list.

    Papers that a timestamp shows to be older hold; others do not hold any more.
    """
    home = evidence_log.home()
    made = revoke_signer(
        actor=operator_actor(person),
        at=now(),
        home=home,
        reason=reason,
        since=datetime.combine(parse_day(since), time.min, UTC) if since else None,
        certificate=None if certificate is None else read_roots(evidence_log.text_of(certificate).encode())[0],
        root_key=root_key,
    )
    console.print(f"{len(made)} certificates are revoked as of {made.last_update_utc:%Y-%m-%d %H:%M:%S}.")
    console.print("Nothing is signed until there is a new key: muniment certificate renew-key", soft_wrap=True)
