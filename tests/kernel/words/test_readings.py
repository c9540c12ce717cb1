"""Readings: the spellings people use for a text in another script are among its readings, or share its skeleton."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.names import fold, romanise
from muniment.kernel.words.readings import READ_LENGTH, readings, readings_version, skeleton, skeletons
from muniment.kernel.words.readings.hangul import sounded
from muniment.kernel.words.readings.kana import hepburn
from muniment.kernel.words.readings.skeleton import SOUNDS, skeleton_into

_LETTERS = "aéč -9Ёйқщьї周杰あきゃッー行אוץ'םبچیےءأ한글ㅋκαίουक्षिंแกำ\U000e0100"


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("周杰倫", "zhou jielun"),
        ("張信哲", "chang hsin che"),
        ("张国荣", "cheung guorong"),
        ("曾国藩", "zeng guofan"),
        ("音乐", "yinyue"),
        ("上を向いて歩こう", "ue o mui te aruko"),
        ("美空ひばり", "misora hibari"),
        ("川の流れのように", "kawa no nagare no yoni"),
        ("きゃりーぱみゅぱみゅ", "kyaripamyupamyu"),
        ("ふじ", "huzi"),
        ("ビートルズ", "bitorz"),
        ("김영수", "kim youngsoo"),
        ("이순신", "yi sun sin"),
        ("독립", "dongnip"),
        ("스미스", "smis"),
        ("Достоевский", "dostoyevsky"),
        ("Чехов", "cehov"),
        ("Джексон", "jexon"),
        ("Қайрат Нұртас", "qairat nurtas"),
        ("Жаңа Қазақстан", "jana qazaqstan"),
        ("Димаш Құдайберген", "dimash qudaibergen"),
        ("Dımaş Qūdaibergen", "dimash qudaibergen"),
        ("行乐", "xingle"),
        ("维斯伯恩", "visbern"),
        ("Григорій", "hryhorii"),
        ("Μπουζούκι", "bouzouki"),
        ("Ευαγγελία", "evangelia"),
        ("فيروز", "firuz"),
        ("موسیقی", "mosiqi"),
        ("שלום", "shlom"),
        ("हम तुम", "ham tum"),
        ("ज़िन्दगी", "zindagi"),
        ("लता मंगेशकर", "lata mangeshkar"),
        ("Երևան", "yerevan"),
        ("Խաչատուրյան", "khachaturyan"),
        ("बाजवा", "bajwa"),
        ("สุทธิพันธ์", "suththiphan"),
        ("ג'ורג'", "jorj"),
        ("צ'יקו", "chico"),
        ("Müller", "mueller"),
        ("Dvořák", "dvorzhak"),
    ],
)
def test_a_usual_spelling_is_found(written: str, spelt: str) -> None:
    assert spelt in (romanise(written), *readings(written))


@given(st.one_of(st.text(max_size=30), st.text(st.sampled_from(_LETTERS), max_size=30)))
def test_readings_are_few_folded_and_new(text: str) -> None:
    found = readings(text)
    assert len(found) <= 6
    assert len(set(found)) == len(found)
    assert all(reading == fold(reading) != romanise(text) and reading.isascii() for reading in found)


def test_ascii_has_no_further_reading_and_a_long_text_costs_no_more_than_a_long_title() -> None:
    assert readings("Lahore") == ()
    assert readings("歌" * 1_000_000) == readings("歌" * READ_LENGTH)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mohammed", "mhmd"),
        ("mohammed", "muhamad"),
        ("tchaikovsky", "chaykovskiy"),
        ("philip", "filib"),
        ("schmidt", "shmit"),
        ("kim", "gim"),
        ("vladimir", "bradimir"),
        ("chung", "jeon"),
    ],
)
def test_these_words_share_a_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("ali", "lee"), ("karim", "karin"), ("anna", "nana"), ("1984", "1985")])
def test_these_words_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_liquid_at_the_end_of_a_syllable_may_be_missing() -> None:
    assert set(skeletons("peter")) & set(skeletons("pita"))
    assert skeletons("h") == ()


@given(st.text("abcdghjkmnstxz 19é", max_size=20))
def test_a_skeleton_is_never_longer_than_twice_its_word(text: str) -> None:
    assert len(skeleton(text)) <= 2 * len(text)
    assert set(skeleton(text)) <= set("abkmnrst19")


def test_a_part_of_a_buffer_is_read_and_nothing_else() -> None:
    source = np.frombuffer(b"xxtchaikovskyzz", np.uint8)
    target = np.zeros(30, np.uint8)
    length = skeleton_into(source, 2, 13, SOUNDS, target)
    assert target[:length].tobytes().decode() == skeleton("tchaikovsky")


@pytest.mark.parametrize(
    ("word", "sound"), [("신라", "silla"), ("좋다", "jota"), ("같이", "gachi"), ("국물", "gungmul")]
)
def test_korean_sounds_meet(word: str, sound: str) -> None:
    assert sounded(word) == sound


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("まっちゃ", "matcha"),
        ("ティファニー", "tifani"),
        ("ウィーン", "win"),
        ("ヴァイオリン", "vaiorin"),
        ("っ", ""),
        ("ゃ", "ya"),
    ],
)
def test_kana_together(kana: str, latin: str) -> None:
    assert hepburn(kana) == latin


def test_the_version_names_what_readings_depend_on() -> None:
    assert "pypinyin=" in readings_version()
    assert "sudachidict-small=" in readings_version()
