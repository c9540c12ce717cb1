"""Tables of TOML files: keys by type, and refusals that say file, line, key and remedy."""

from enum import StrEnum

import pytest

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.toml_tables import Table


class Wrong(UserError):
    """A recipe is wrong."""


class Recipe(Table):
    """A table of a recipe."""

    refusal = Wrong
    document = "a recipe"


class Heat(StrEnum):
    LOW = "low"
    HIGH = "high"


TEXT = """name = "plov"
minutes = 90
heat = "high"
vegan = false

[[steps]]
text = "soak the rice"

[[steps]]
text = "  fry the\tcarrots "
"""


def test_keys_come_by_their_types() -> None:
    top = Recipe.read(TEXT, "plov.toml")
    assert (top.name("name"), top.whole("minutes", 1, 500), top.choice("heat", Heat)) == ("plov", 90, Heat.HIGH)
    assert (top.flag("vegan", is_needed=True), top.flag("spicy"), top.text("origin", "anywhere")) == (
        False,
        False,
        "anywhere",
    )
    steps = list(top.tables("steps"))
    assert [step.text("text") for step in steps] == ["soak the rice", "fry the carrots"]
    assert isinstance(steps[1], Recipe)
    assert steps[1].line == 9


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("minutes = 90", "minutes = 900", "line 2: minutes: must be a whole number from 1 to 500, not 900"),
        ('heat = "high"', 'heat = "hihg"', "line 3: heat: 'hihg' is unknown.* Do you mean 'high'"),
        ('heat = "high"', "", "heat: is not given, and it is never guessed"),
        ("vegan = false", 'vegan = "no"', "line 4: vegan: must be true or false, not 'no'"),
        ("minutes = 90", "minutes = 90\nsalt = 1", "line 3: salt: is not a key of a recipe"),
        ('text = "soak the rice"', "text = 7", r"line 7: steps\[1\]\.text: must be a text"),
        ("[[steps]]", "[steps", "not a TOML file"),
    ],
)
def test_a_refusal_names_line_key_and_remedy(old: str, new: str, says: str) -> None:
    with pytest.raises(Wrong, match=says) as error:
        _cook(TEXT.replace(old, new, 1))
    assert error.value.message.startswith("plov.toml")
    assert error.value.remedy


def _cook(text: str) -> list[str]:
    top = Recipe.read(text, "plov.toml")
    top.refuse_other_keys("name", "minutes", "heat", "vegan", "steps")
    top.whole("minutes", 1, 500)
    top.choice("heat", Heat)
    top.flag("vegan", is_needed=True)
    return [step.text("text") for step in top.tables("steps")]
