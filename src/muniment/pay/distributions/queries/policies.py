"""Policies: those of the package, and those that the society keeps in the folder `policies` of its home."""

from importlib.resources import files
from pathlib import Path

from django.conf import settings

from muniment.pay.distributions.rules import BadPolicy, Policy, parse_policy


def list_policies() -> list[Policy]:
    """Return every policy, by code and version.

    Raises:
        BadPolicy: a file cannot be read as a policy, or two files claim the same code and version.
    """
    own = Path(settings.MUNIMENT_HOME) / "policies"
    places = [*files("muniment.pay.distributions").joinpath("policies").iterdir(), *own.glob("*.toml")]
    found: dict[tuple[str, int], Policy] = {}
    for place in sorted(places, key=str):
        if not place.name.endswith(".toml"):
            continue
        policy = parse_policy(place.read_text(encoding="utf-8"), place.name)
        if (policy.code, policy.version) in found:
            raise BadPolicy(f"{place.name}: {policy.name} exists twice.", "Give one of the two another version.")
        found[policy.code, policy.version] = policy
    return [found[key] for key in sorted(found)]


def get_policy(name: str) -> Policy:
    """Return a policy by "census-1", or by "census" the newest version of it.

    Raises:
        BadPolicy: there is none of that name.
    """
    policies = list_policies()
    named = [policy for policy in policies if name in (policy.name, policy.code)]
    if not named:
        known = ", ".join(policy.name for policy in policies)
        raise BadPolicy(f"There is no policy {name!r}.", f"Use one of: {known}.")
    return named[-1]
