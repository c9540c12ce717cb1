"""The log of this installation, as its settings describe it: its home, its keys and its policy."""

from pathlib import Path

from django.conf import settings

from muniment.trust.evidence.rules.policies import Known, Policy, read_policy
from muniment.trust.evidence.services.keys import LogKeys, log_keys

POLICY_NAME = "log_policy"


def home() -> Path:
    """Return the folder of the installation."""
    return Path(settings.MUNIMENT_HOME)


def keys() -> LogKeys:
    """Return the keys of the log; they are made on first use."""
    return log_keys(home(), settings.MUNIMENT_LOG_ORIGIN)


def policy() -> Policy:
    """Return whose word is enough: `log_policy` in the home, and our own keys; without the file, our own word is.

    Raises:
        BadPolicy: the file is none.
    """
    path = home() / POLICY_NAME
    asked = read_policy(path.read_text(encoding="utf-8")) if path.exists() else Policy()
    listed = {known.key.public for known in asked.logs}
    own = tuple(Known(key, settings.MUNIMENT_LOG_URL) for key in keys().verifiers if key.public not in listed)
    return Policy((*own, *asked.logs), asked.witnesses, asked.groups, asked.quorum)
