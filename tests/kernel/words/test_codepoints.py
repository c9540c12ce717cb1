"""One table: the arrays, read byte by byte as a compiled loop would, say what `fold` and `romanise` say."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.codepoints import (
    CODE_POINTS,
    CodeTable,
    compose,
    fold_table,
    folded,
    roman_table,
    romanised,
    table_digest,
)
from muniment.kernel.words.names import fold, romanise

_SCRIPTS = (
    "aéßøŁ'’-_ 9½Ⅳ٣۴ЁйқңҒ׳שּׁםךابيیكکـ‌‍ةہأآئةञिक्षज़़ँंกรุงเทพ้ΆςΩაბՀևㅋᄀ\u1161ᆨ가각かが゙ヴｶﾞﾟー漢葛\U000e0100김\u0301\u0327\u200f"
)
texts = st.one_of(st.text(max_size=40), st.text(st.sampled_from(_SCRIPTS), max_size=40))


def read(table: CodeTable, text: str) -> str:
    """Apply a table as a compiled loop does: replacements one after the other, then single blanks."""
    pieces = bytearray()
    for code in map(ord, compose(text)):
        pieces += table.pool[table.starts[code] : table.starts[code + 1]].tobytes() if code < CODE_POINTS else b" "
    return b" ".join(part for part in bytes(pieces).split(b" ") if part).decode()


@given(texts)
def test_the_arrays_say_what_the_functions_say(text: str) -> None:
    assert read(fold_table(), text) == fold(text)
    assert read(roman_table(), text) == romanise(text)


@given(texts)
def test_a_folded_text_folds_to_itself(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert fold(romanise(text)) == romanise(text) == romanise(romanise(text))


def test_every_code_point_stands_for_letters_digits_or_a_blank() -> None:
    for code in range(CODE_POINTS):
        if 0xD800 <= code <= 0xDFFF:
            continue
        latin = romanised(code)
        assert latin.isascii(), hex(code)
        assert latin == latin.lower(), hex(code)
        assert all(letter.isalnum() or letter == " " for letter in latin), hex(code)
        assert all(letter == " " or unicodedata.category(letter)[0] in "LMN" for letter in folded(code)), hex(code)


def test_the_arrays_are_whole_and_cannot_be_changed() -> None:
    for table in (fold_table(), roman_table()):
        assert table.starts.dtype == np.uint32
        assert len(table.starts) == CODE_POINTS + 1
        assert table.starts[-1] == len(table.pool)
        with pytest.raises(ValueError, match="read-only"):
            table.starts[0] = 1
    assert len(table_digest()) == 64


@pytest.mark.parametrize(
    ("written", "latin"),
    [
        ("Мұхтар Әуезов", "mukhtar auezov"),
        ("Қайрат Нұртас", "kayrat nurtas"),
        ("Щукин, объём", "shchukin obyom"),
        ("Μίκης Θεοδωράκης", "mikis theodorakis"),
        ("თბილისი", "tbilisi"),
        ("Գյումրի", "gyoumri"),
        ("نصرت فتح", "nsrt fth"),
        ("김치", "gimchi"),
        ("شلوم שלום", "shlwm shlom"),
        ("Łódź Åse Ærø Þór", "lodz ase aero thor"),
        ("۱۹۸۴ / १९८४", "1984 1984"),
        ("周杰倫", "zhoujielun"),
    ],
)
def test_usual_spellings(written: str, latin: str) -> None:
    assert romanise(written) == latin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ज़िन्दगी", "जिन्दगी"),  # the nukta
        ("माँ", "मां"),
        ("می\u200cخواهم", "می خواهم"),  # the zero-width non-joiner of Persian
        ("ｶﾞﾝ", "ガン"),
        ("葛\U000e0100城", "葛城"),
        ("rock\u2019n\u2019roll", "rocknroll"),
        ("\u202bשלום\u202c", "שלום"),
    ],
)
def test_these_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)
