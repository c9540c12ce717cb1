"""Deductions of older runs are told what they were, from the policy text that each run keeps; their amounts stay."""

from importlib import import_module

import pytest
from django.apps import apps

from muniment.pay.distributions.models import Deduction
from tests.pay.distributions.society import documented_members, finished_run, radio_report

migration = import_module("muniment.pay.distributions.migrations.0008_what_deductions_were")

OLD = """
code = "old"
[[deductions]]
name = "VAT"
account = "vat"
base = "gross"
rate = "20 %"
included = true

[[deductions]]
name = "Fee"
account = "administration"
base = "net_of:vat"
rate = "10 %"
purpose = "administration"
[[deductions]]
name = "Sum"
account = "stamp"
fixed = { EUR = "1.00" }
[[splits]]
name = "all"
[[splits.parts]]
to = "owner"
share = "90 %"
[[splits.parts]]
to = "fund"
share = "10 %"
account = "musicians"
"""


def test_a_policy_text_tells_kind_base_and_line():
    found = {(account, is_split): facts for account, is_split, facts in migration._told(OLD)}
    assert found["vat", False] == {"kind": "included", "purpose": "", "rule_line": 3}
    assert found["administration", False] == {
        "kind": "rate", "purpose": "administration", "rule_line": 10, "base": "net_of:vat",
    }  # fmt: skip
    assert found["stamp", False]["kind"] == "fixed"
    assert found["musicians", True] == {"kind": "split", "rule_line": 25}


@pytest.mark.django_db
def test_rows_of_an_older_run_are_kept_and_told(tmp_path):
    documented_members()
    finished_run(radio_report(tmp_path))
    before = list(Deduction.objects.order_by("pk").values())
    assert [row["rule_line"] for row in before] == [25, 31]
    Deduction.objects.update(kind="rate", rule_line=0, purpose="")
    migration.tell_what_they_were(apps, None)
    assert list(Deduction.objects.order_by("pk").values()) == before
