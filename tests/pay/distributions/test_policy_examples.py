"""The policies of the package carry published figures as examples, and come to them."""

from importlib.resources import files

import pytest

from muniment.pay.distributions.rules.policies.examples import mismatches, parse_with_examples

SHIPPED = sorted(
    (place for place in files("muniment.pay.distributions").joinpath("policies").iterdir()),
    key=lambda place: place.name,
)


@pytest.mark.parametrize("place", SHIPPED, ids=lambda place: place.name)
def test_every_figure_of_a_shipped_policy_comes_out_as_written(place):
    policy, examples = parse_with_examples(place.read_text(encoding="utf-8"), place.name)
    assert mismatches(policy, examples) == []
    assert place.name == f"{policy.name}.toml"


def test_six_published_rules_are_shipped_with_their_source_and_examples():
    published = {"setlist-1", "radio-1", "performers-1", "digital-1", "literary-1", "streaming-1"}
    found = set()
    for place in SHIPPED:
        policy, examples = parse_with_examples(place.read_text(encoding="utf-8"), place.name)
        if policy.source and examples and policy.pools:
            found.add(policy.name)
    assert published <= found
