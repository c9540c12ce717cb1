"""The policy as the rules of this package import it; the parts of it are in policies/."""

from muniment.pay.distributions.rules.policies.policy import Policy, parse_policy
from muniment.pay.distributions.rules.policies.tables import BadPolicy

__all__ = ["BadPolicy", "Policy", "parse_policy"]
