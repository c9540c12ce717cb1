"""Payment policies: those of the package, and those that the society keeps in `payment-policies` of its home."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from django.conf import settings

from muniment.pay.payments.rules.policy import HoldReview, PaymentPolicy, parse_payment_policy
from muniment.pay.payments.rules.toml_reading import BadPaymentPolicy

DEFAULT_POLICY = "plain"


def list_payment_policies() -> list[PaymentPolicy]:
    """Return every payment policy by code and version.

    Raises:
        BadPaymentPolicy: a file is no policy, or two files are the same version of one.
    """
    found: dict[str, PaymentPolicy] = {}
    for file_name, text in _texts():
        policy = parse_payment_policy(text, file_name)
        if policy.name in found:
            raise BadPaymentPolicy(
                f"{file_name}: version {policy.version} of {policy.code!r} is there already.", "Raise the version."
            )
        found[policy.name] = policy
    return sorted(found.values(), key=lambda policy: (policy.code, policy.version))


def get_payment_policy(name: str = DEFAULT_POLICY) -> PaymentPolicy:
    """Return the policy of a name such as "plain-1", or the newest version of a code such as "plain".

    Raises:
        BadPaymentPolicy: there is none of this name, or a file is no policy.
    """
    policies = list_payment_policies()
    named = [policy for policy in policies if name in (policy.name, policy.code)]
    if not named:
        known = ", ".join(policy.name for policy in policies)
        raise BadPaymentPolicy(f"There is no payment policy {name!r}.", f"Known: {known}.")
    return named[-1]


def daily_review_policy() -> PaymentPolicy | None:
    """Return the policy whose newest version has holds reviewed every day; None where none says so.

    Raises:
        BadPaymentPolicy: two say so, and their holds could contradict each other; or a file is no policy.
    """
    newest = {policy.code: policy for policy in list_payment_policies()}
    daily = [policy for policy in newest.values() if policy.review_holds is HoldReview.DAILY]
    if len(daily) > 1:
        named = " and ".join(policy.name for policy in daily)
        raise BadPaymentPolicy(
            f"{named} both have holds reviewed every day.", 'Write review_holds = "daily" in one of them only.'
        )
    return daily[0] if daily else None


def _texts() -> Iterator[tuple[str, str]]:
    own = Path(settings.MUNIMENT_HOME) / "payment-policies"
    for place in [*files("muniment.pay.payments").joinpath("policies").iterdir(), *sorted(own.glob("*.toml"))]:
        if not place.name.endswith(".toml"):
            continue
        try:
            yield place.name, place.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise BadPaymentPolicy(f"{place.name}: not a text in UTF-8.", "Save it as UTF-8.") from None
