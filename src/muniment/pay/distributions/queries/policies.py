"""Policies: those of the package, and those that the society keeps in the folder `policies` of its home."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from django.conf import settings

from muniment.pay.distributions.rules import BadPolicy, Policy, parse_policy
from muniment.pay.distributions.rules.policies.differences import Change, differences
from muniment.pay.distributions.rules.policies.examples import Example, Mismatch, mismatches, parse_with_examples
from muniment.pay.distributions.rules.policies.tables import near

LARGEST_POLICY = 1_000_000
"""Characters of a policy file; a longer one is something else."""


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
        policy = parse_policy(_text(place), place.name)
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
        raise BadPolicy(f"There is no policy {name!r}.", near(name, {policy.name for policy in policies}))
    return named[-1]


def examples_of(policy: Policy) -> list[tuple[Example, list[Mismatch]]]:
    """Return the examples that a policy carries, each with the figures that do not come out as written."""
    _policy, examples = parse_with_examples(policy.text, policy.name)
    return [(example, mismatches(policy, [example])) for example in examples]


def check_policy(path: Path) -> tuple[Policy, list[Example], list[Mismatch]]:
    """Read a policy file with its examples and compute them; the last list is empty where all is well.

    Raises:
        BadPolicy: it cannot be read as a policy; the message names file, line and key.
    """
    policy, examples = parse_with_examples(_text(path), path.name)
    return policy, list(examples), mismatches(policy, examples)


def policy_named_or_in(name: str) -> Policy:
    """Return a policy by its file, where `name` ends in .toml, else by its name.

    Raises:
        BadPolicy: see `get_policy` and `parse_policy`.
    """
    return parse_policy(_text(Path(name)), Path(name).name) if name.endswith(".toml") else get_policy(name)


def compare_policies(before: str, after: str) -> list[Change]:
    """Return what changed between two policies, each named or a file; raises as `policy_named_or_in`."""
    return differences(policy_named_or_in(before), policy_named_or_in(after))


def _text(place: Path | Traversable) -> str:
    """Return the text of a policy file.

    Raises:
        BadPolicy: it is not UTF-8, or too long to be a policy.
    """
    content = place.read_bytes()
    if len(content) > LARGEST_POLICY:
        raise BadPolicy(f"{place.name}: has {len(content)} bytes, too many for a policy.", "Name a policy file.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPolicy(f"{place.name}: byte {error.start} is not UTF-8.", "Save it as UTF-8.") from None
