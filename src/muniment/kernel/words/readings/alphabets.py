"""Readings of alphabets: the other spellings in use for the letters of Cyrillic, Greek, Arabic, Hebrew and their kin.

In: a text in one of these scripts, lower case, composed. Out: Latin spellings. Always: a reading replaces letters by
Latin ones; letters it does not name take the spelling of the table afterwards.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from muniment.kernel.words.names import romanise


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to spell a script in Latin letters: what letters give together, then what each gives alone."""

    together: tuple[tuple[re.Pattern[str], str], ...]
    alone: dict[int, str]

    def read(self, text: str) -> str:
        """Return the text with this spelling's letters in Latin, the others untouched."""
        for pattern, latin in self.together:
            text = pattern.sub(latin, text)
        return text.translate(self.alone)


def _spelling(together: str, alone: str) -> Spelling:
    """Read two rows of "pattern=latin" entries, the first of expressions, the second of single letters."""
    pairs = (entry.rpartition("=") for entry in together.split())
    letters = (entry.split("=") for entry in alone.split())
    return Spelling(
        tuple((re.compile(pattern), latin) for pattern, _, latin in pairs),
        {ord(letter): latin for letter, latin in letters},
    )


_PASSPORT = _spelling("кс=x ий\\b=iy", "й=i я=ia ю=iu ё=e ъ=ie ц=ts э=e")
_SCHOLARLY = _spelling("", "х=h ж=z ч=c ш=s щ=sc ц=c й=j я=ja ю=ju є=je ї=ji ё=e ѓ=g ќ=k џ=dz")
_PRESS = _spelling(
    "[иы]й\\b=y (?<=[жчшщ])ё=o \\bе=ye (?<=[аеёиоуыэюяьъ])е=ye кс=x (?<=л)ь(?=\\w)= ", "ё=e й=i х=h ц=c щ=sch"
)
_FOREIGN = _spelling(
    "дж=j кс=x (?:ау|ав)=au эй=ay ей=ey ай=ay ой=oy уи=wi уо=wa уэ=we (?<=[лнтс])ь= я=ia",
    "ю=u ё=o ж=g х=h ц=z э=e щ=sch й=i",
)
_UKRAINIAN = _spelling("зг=zgh ьо=io", "г=h и=y й=i є=ie ї=i ю=iu я=ia х=kh щ=shch")
_KAZAKH_LETTERS = re.compile("[әғқңөұүһ]")
_UKRAINIAN_LETTERS = re.compile("[єїґ]")
_KAZAKH = _spelling("", "қ=q ғ=g ң=n у=u и=i й=i х=h ж=zh ш=sh ч=ch ы=y і=i я=ia ю=iu э=e щ=sh")
_KAZAKH_2021 = _spelling("", "қ=q ғ=g ң=n у=u и=i й=i х=h ж=j ш=s ч=c ы=y і=i я=ia ю=iu э=e щ=s ц=ts")

_GREEK_SOUND = _spelling(
    "μπ=b ντ=d γκ=g γγ=ng γχ=nch τζ=tz [οό][υύ]=ou [αά][υύ](?=[αβγδεζηλιμνορ])=av [αά][υύ]=af "
    "[εέ][υύ](?=[αβγδεζηλιμνορ])=ev [εέ][υύ]=ef ε[ιί]=i"
    " ο[ιί]=i α[ιί]=e",
    "υ=y ύ=y χ=h φ=f β=v η=i ή=i",
)
_GREEK_LETTER = _spelling("[οό][υύ]=ou \\bμπ=b", "β=b η=e ή=e υ=u ύ=u χ=ch φ=ph")

_ARABIC_SOUND = _spelling(
    "\\bا[وی]=o \\bعی=ei \\bع=a (?<=\\w)و(?=\\w)=u (?<=\\w)[یي](?=\\w)=i و\\b=o [یيى]\\b=i [هة]\\b=a "
    "(?<=\\w)ع= (?<=\\w)ال=al",
    "غ=g چ=ch ج=g ث=th ذ=d ض=d ظ=z ق=k",
)
_URDU_SOUND = _spelling(
    "\\bا[وی]=o \\bع=a (?<=\\w)و(?=[ایے])=v (?<=\\w)و(?=\\w)=o (?<=\\w)ی(?=\\w)=i "
    "و\\b=o ی\\b=i ے=e [ہهة]\\b=a (?<=\\w)ع=a",
    "و=v ث=s ذ=z ض=z ظ=z ط=t ق=q غ=gh ں=n ھ=h ژ=zh",
)

_HEBREW_SOUND = _spelling(
    "\\bא[ו]=o \\bאי=i וו=v יי=y (?<=\\w)ו(?=\\w)=o ו\\b=o (?<=\\w)י(?=\\w)=i י\\b=i "
    "ה\\b=a ף\\b=f ך\\b=ch (?<=\\w)א= (?<=\\w)ע=",
    "ו=v ק=k כ=k ח=ch צ=ts ץ=ts ב=b",
)
_HEBREW_LOAN = _spelling(
    "\\bא[ו]=o \\bאי=i וו=w יי=ay טש=ch (?<=\\w)ו(?=\\w)=u ו\\b=o (?<=\\w)י(?=\\w)=i י\\b=y ה\\b=a ף\\b=f א=a ע=a",
    "ו=v ק=c כ=h ח=h צ=z ץ=z ב=v פ=f ט=t ת=th",
)

_ARMENIAN_SOUND = _spelling("ու=u եւ=ev (?<!\\w)ո=vo (?<!\\w)ե=ye", "")
_ARMENIAN_WEST = _spelling("ու=ou եւ=ev", "բ=p պ=b գ=k կ=g դ=t տ=d ծ=dz ձ=ts ճ=j ջ=ch")

_BETWEEN_CONSONANTS = re.compile("([bcdfghjklmnpqrstvxz])(?=(?!h)[bcdfgjklmnpqrstvxz])")
"""Not before h, which is the second half of sh, ch, kh, th."""


def _voweled(latin: str) -> str:
    """Return a spelling without short vowels with an a between its consonants, which is right more often than none."""
    return _BETWEEN_CONSONANTS.sub(r"\1a", latin)


def cyrillic_readings(text: str) -> Iterable[str]:
    """Return the text as passports, the press, scholars and foreign names have it; Kazakh, Ukrainian first."""
    first: tuple[Spelling, ...] = ()
    if _KAZAKH_LETTERS.search(text):
        first = (_KAZAKH, _KAZAKH_2021)
    elif _UKRAINIAN_LETTERS.search(text):
        first = (_UKRAINIAN,)
    elif "і" in text:
        first = (_UKRAINIAN, _KAZAKH)
    return [spelling.read(text) for spelling in (*first, _PRESS, _FOREIGN, _PASSPORT, _SCHOLARLY)]


def greek_readings(text: str) -> Iterable[str]:
    """Return the text as Greek sounds today, and letter by letter as the older books have it."""
    return [spelling.read(text) for spelling in (_GREEK_SOUND, _GREEK_LETTER)]


def armenian_readings(text: str) -> Iterable[str]:
    """Return the text as Armenian is said in the east and in the west, where b and p, g and k, d and t are changed."""
    return [spelling.read(text) for spelling in (_ARMENIAN_SOUND, _ARMENIAN_WEST)]


def arabic_readings(text: str) -> Iterable[str]:
    """Return the text as Arabic and as Urdu and Persian read it, each also with an a between bare consonants."""
    spelt = [romanise(spelling.read(text)) for spelling in (_ARABIC_SOUND, _URDU_SOUND)]
    return [spelt[0], _voweled(spelt[0]), spelt[1], _voweled(spelt[1])]


def hebrew_readings(text: str) -> Iterable[str]:
    """Return the text as Hebrew words and as foreign names are read, each also with an a between bare consonants."""
    spelt = [romanise(spelling.read(text)) for spelling in (_HEBREW_SOUND, _HEBREW_LOAN)]
    return [spelt[0], _voweled(spelt[0]), spelt[1], _voweled(spelt[1])]


_LATIN_SOUND = _spelling(
    "", "č=ch ç=ch ć=ch š=sh ş=sh ș=sh ś=sh ž=zh ż=zh ź=z ñ=ny ń=ny ř=rzh ţ=ts ț=ts ö=oe ä=ae ü=ue ø=oe å=aa ё=e"
)


def latin_readings(text: str) -> Iterable[str]:
    """Return Latin letters with marks as they sound where the marks are not written: č as ch, ö as oe, å as aa."""
    return [_LATIN_SOUND.read(text)]
