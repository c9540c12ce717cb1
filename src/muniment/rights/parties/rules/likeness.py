"""Are two records one party? A sum of reasons in thousandths of log-odds, and the keys under which the two meet.

The weights are set by hand and say so: there is no set of decided pairs to learn them from yet. A record is compared
under each of its names; the best pair of names speaks. 0 is even odds, each 1,000 multiplies the odds by e.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import ratio

from muniment.kernel.words.names import fold, romanise
from muniment.rights.parties.rules.values import PartyKind

FIRMS = frozenset({PartyKind.PUBLISHER, PartyKind.PRODUCER, PartyKind.SOCIETY, PartyKind.LICENSEE})

type Reason = tuple[str, int]
"""What was seen, and what it is worth in thousandths of log-odds."""

START: Reason = ("two records meet under a name", -2_000)
NAME_EQUAL: Reason = ("name equal", 3_200)
NAME_ROMAN: Reason = ("name equal in Latin letters", 2_900)
NAME_ORDER: Reason = ("name equal, words in another order", 2_700)
NAME_INITIALS: Reason = ("name equal by initials", 600)
NAME_95: Reason = ("name alike to 95 %", 1_800)
NAME_90: Reason = ("name alike to 90 %", 700)
NAME_85: Reason = ("name alike to 85 %", 200)
NAME_OTHER: Reason = ("names hardly alike", -3_000)
RARE: Reason = ("no other party has this name", 1_200)
FEW: Reason = ("few parties have this name", 0)
COMMON: Reason = ("many parties have this name", -1_600)
ONE_WORD: Reason = ("the name is one word", -2_500)
SAME_BASE: Reason = ("IPI base number equal", 9_000)
SAME_ISNI: Reason = ("ISNI equal", 9_000)
SAME_IPI: Reason = ("IPI name number equal", 9_000)
OTHER_BASE: Reason = ("IPI base numbers differ", -7_000)
OTHER_ISNI: Reason = ("ISNIs differ", -4_000)
OTHER_IPI: Reason = ("IPI name numbers differ", -2_500)
PERSON_AND_FIRM: Reason = ("one is a person and the other is not", -5_000)
OTHER_FIRM: Reason = ("two kinds of firm", -800)
SAME_SOCIETY: Reason = ("same society", 700)
OTHER_SOCIETY: Reason = ("different societies", -900)
SAME_COUNTRY: Reason = ("same country", 400)
OTHER_COUNTRY: Reason = ("different countries", -1_200)

FEW_PARTIES = 4
"""Up to so many parties of one name are few."""
MOST_NAMES = 12
"""No more names of a record are compared; the register has parties with hundreds."""


@dataclass(frozen=True, slots=True)
class PartyTraits:
    """What tells a party apart; `names` are as written, the main one first."""

    id: int
    kind: PartyKind
    names: tuple[str, ...]
    ipi_names: frozenset[str] = frozenset()
    ipi_base: str | None = None
    isni: str | None = None
    country: str = ""
    society_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two records are one party, with the reasons that sum to the log-odds."""

    score_ppm: int
    reasons: tuple[Reason, ...]


def chance_ppm(milli_logits: int) -> int:
    """Return the chance that a sum of reasons stands for, in ppm; never quite none, never quite the whole."""
    held = max(-13_000, min(13_000, milli_logits))
    return round(1_000_000 / (1 + exp(-held / 1_000)))


def compare(one: PartyTraits, other: PartyTraits, *, bearers: int) -> Likeness:
    """Compare two records; `bearers` is how many parties of the register have the name under which they met."""
    name, one_word = _best_names(one.names, other.names)
    reasons = [START, name]
    if name[1] > 0:
        reasons.append(RARE if bearers <= 2 else FEW if bearers <= FEW_PARTIES else COMMON)
        if one_word and not _firms(one, other):
            reasons.append(ONE_WORD)
    reasons += _numbers(one, other)
    reasons += _kinds(one, other)
    if one.society_ids and other.society_ids:
        reasons.append(SAME_SOCIETY if one.society_ids & other.society_ids else OTHER_SOCIETY)
    if one.country and other.country:
        reasons.append(SAME_COUNTRY if one.country == other.country else OTHER_COUNTRY)
    told = tuple(reason for reason in reasons if reason[1])
    return Likeness(chance_ppm(sum(weight for _, weight in told)), told)


def _firms(one: PartyTraits, other: PartyTraits) -> bool:
    return one.kind in FIRMS and other.kind in FIRMS


def _numbers(one: PartyTraits, other: PartyTraits) -> Iterator[Reason]:
    if one.ipi_base and other.ipi_base:
        yield SAME_BASE if one.ipi_base == other.ipi_base else OTHER_BASE
    if one.isni and other.isni:
        yield SAME_ISNI if one.isni == other.isni else OTHER_ISNI
    if one.ipi_names and other.ipi_names:
        yield SAME_IPI if one.ipi_names & other.ipi_names else OTHER_IPI


def _kinds(one: PartyTraits, other: PartyTraits) -> Iterator[Reason]:
    if (one.kind in FIRMS) != (other.kind in FIRMS) and PartyKind.LICENSEE not in (one.kind, other.kind):
        yield PERSON_AND_FIRM
    elif _firms(one, other) and one.kind is not other.kind:
        yield OTHER_FIRM


def compare_names(ones: Sequence[str], others: Sequence[str]) -> Reason:
    """Return what the best pair of names is worth; an equal name in the own script says more than a Latin spelling."""
    return _best_names(ones, others)[0]


def _best_names(ones: Sequence[str], others: Sequence[str]) -> tuple[Reason, bool]:
    """Return what the best pair of names is worth, and whether it is a pair of single words."""
    best, one_word = NAME_OTHER, False
    for one, other in product(ones[:MOST_NAMES], others[:MOST_NAMES]):
        found = _pair_of_names(one, other)
        short = len(fold(one).split()) < 2
        if (found[1], one_word) > (best[1], short):
            best, one_word = found, short
    return best, one_word


def _pair_of_names(one: str, other: str) -> Reason:
    if fold(one) == fold(other):
        return NAME_EQUAL
    latin, other_latin = romanise(one), romanise(other)
    if latin == other_latin:
        return NAME_ROMAN
    words, other_words = sorted(latin.split()), sorted(other_latin.split())
    if words == other_words:
        return NAME_ORDER
    alike = ratio(" ".join(words), " ".join(other_words))
    for floor, reason in ((95, NAME_95), (90, NAME_90)):
        if alike >= floor and _same_length(words, other_words):
            return reason
    if initials_agree(words, other_words):
        return NAME_INITIALS
    return NAME_85 if alike >= 85 and _same_length(words, other_words) else NAME_OTHER


def _same_length(words: Sequence[str], other_words: Sequence[str]) -> bool:
    """Say whether two names have as many words, each with a like one: Anna and Hanna Berg are two people."""
    return len(words) == len(other_words) and all(
        JaroWinkler.similarity(word, other) >= 0.8 for word, other in zip(words, other_words, strict=True)
    )


def initials_agree(words: Sequence[str], other_words: Sequence[str]) -> bool:
    """Say whether two names share a whole word of three letters or more, and the rest agrees by initials."""
    shared = {word for word in words if len(word) >= 3} & set(other_words)
    rest, other_rest = ([word for word in side if word not in shared] for side in (words, other_words))
    if not shared or not rest or not other_rest or len(rest) != len(other_rest):
        return False
    short = all(len(word) == 1 for word in rest) or all(len(word) == 1 for word in other_rest)
    return short and sorted(word[0] for word in rest) == sorted(word[0] for word in other_rest)


def meeting_keys(traits: PartyTraits) -> frozenset[str]:
    """Return the keys under which a record may meet another that is the same party.

    A name gives its Latin words in order of the alphabet, the same without vowels and doubled letters (transliterations
    differ in these), and each long word with the initials of the others.
    """
    keys = {f"base {traits.ipi_base}"} if traits.ipi_base else set()
    if traits.isni:
        keys.add(f"isni {traits.isni}")
    keys.update(f"ipi {number}" for number in traits.ipi_names)
    for name in traits.names[:MOST_NAMES]:
        words = sorted(romanise(name).split())
        if not words:
            continue
        keys.add(name_key(words))
        bare = sorted(_skeleton(word) for word in words)
        if sum(map(len, bare)) >= 4:
            keys.add("bare " + " ".join(bare))
        if 1 < len(words) <= 5:
            for place, word in enumerate(words):
                if len(word) >= 3:
                    initials = sorted(other[0] for other in [*words[:place], *words[place + 1 :]])
                    keys.add(f"initials {word} {''.join(initials)}")
    return frozenset(keys)


def name_key(words: Sequence[str]) -> str:
    """Return the key of a name's sorted Latin words; how many parties have it says how common the name is."""
    return "name " + " ".join(words)


def _skeleton(word: str) -> str:
    """Return a word's first letter and its consonants, a doubled one once; j, y and w go as vowels do."""
    kept = word[:1]
    for letter in word[1:]:
        if letter not in "aeiouyjw" and letter != kept[-1:]:
            kept += "k" if letter in "cq" else "f" if letter == "v" else letter
    return kept.replace("kh", "h")
