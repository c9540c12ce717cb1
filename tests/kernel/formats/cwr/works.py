"""Works for the tests of CWR: invented people and firms with valid check digits, and a strategy that makes more."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from muniment.kernel.formats.cwr import (
    CwrHeader,
    CwrLink,
    CwrName,
    CwrOrigin,
    CwrOriginal,
    CwrPerformer,
    CwrPublisher,
    CwrRecording,
    CwrSender,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
)
from muniment.kernel.formats.cwr.writing import NAME_LETTERS, TITLE_LETTERS
from muniment.kernel.words.identifiers import make_ipi_base, make_ipi_name, make_isrc, make_iswc

HEADER = CwrHeader(
    CwrSender("PB", "000000199", "STEPPE MUSIC"), datetime(2026, 11, 21, 9, 30, 0, tzinfo=UTC), date(2026, 11, 22)
)

STEPPE = CwrPublisher(
    chain=1,
    role="E",
    controlled=True,
    ip_number="P1",
    name="STEPPE MUSIC",
    ipi_name=make_ipi_name(400_000_001),
    ipi_base=make_ipi_base(400_000_001),
    pr_society="901",
    mr_society="901",
    sr_society="901",
    pr_ppm=250_000,
    mr_ppm=500_000,
    sr_ppm=500_000,
    submitter_agreement_number="AG-1",
    terms=(CwrTerm("I", 2136, 250_000, 500_000, 500_000), CwrTerm("E", 840)),
    other_names=(CwrName("Дала музыка", language="KK"),),
)
AIGUL = CwrWriter(
    controlled=True,
    ip_number="W1",
    last_name="SEITKALI",
    first_name="AIGUL",
    role="CA",
    ipi_name=make_ipi_name(400_000_002),
    pr_society="901",
    pr_ppm=250_000,
    terms=(CwrTerm("I", 2136, 250_000),),
    other_names=(CwrName("Сейтқали", "Айгүл", "KK"),),
    publishers=(CwrLink("P1", "STEPPE MUSIC", "AG-1"),),
)
ERLAN = CwrWriter(
    controlled=False, ip_number="W2", last_name="NURLAN", role="A", pr_ppm=500_000, mr_ppm=500_000, sr_ppm=500_000
)
RAIN = CwrWork(
    submitter_work_number="STEPPE-1",
    title="RAIN OVER THE STEPPE",
    iswc=make_iswc(900_000_001),
    language="EN",
    duration_ms=200_000,
    distribution_category="POP",
    recorded="Y",
    titles=(CwrTitle("THE RAIN", "AT"), CwrTitle("Дала үстіндегі жаңбыр", "OT", "KK")),
    publishers=(STEPPE,),
    writers=(AIGUL, ERLAN),
    performers=(CwrPerformer("THE DEMO SINGERS"), CwrPerformer("NURLAN", "ERLAN", make_ipi_name(400_000_003))),
    recordings=(CwrRecording(make_isrc("QZ", "MUN", date(2026, 1, 1), 1), 201_000, date(2026, 3, 1), "FIRST ALBUM"),),
)
DUST = CwrWork(
    submitter_work_number="STEPPE-2",
    title="DUST, ARRANGED",
    kind="REV",
    version_type="MOD",
    music_arrangement="ARR",
    lyric_adaptation="ORI",
    publishers=(),
    writers=(
        CwrWriter(False, "", "", role="CA", unknown=True, pr_ppm=500_000, mr_ppm=500_000, sr_ppm=500_000),
        CwrWriter(False, "W3", "DOSOV", "MARAT", role="AR", pr_ppm=500_000, mr_ppm=500_000, sr_ppm=500_000),
    ),
    original=CwrOriginal("DUST", make_iswc(900_000_002)),
    origins=(CwrOrigin("LIB", cd_identifier="MUN 1", music_library="DEMO LIBRARY"),),
)


def _text(letters: frozenset[str], size: int, least: int = 0) -> st.SearchStrategy[str]:
    words = st.text(st.sampled_from(sorted(letters)), min_size=least, max_size=size)
    return words.map(lambda text: " ".join(text.split())).filter(
        lambda text: len(text) >= least and text.strip("0 ") != ""
    )


_ZERO_LESS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789")
_codes = _text(_ZERO_LESS, 9, 1)
_native = st.text(st.sampled_from("жүңқөДалаعبدالرحمن張偉한국 "), min_size=2, max_size=20).map(
    lambda text: " ".join(text.split())
)
_natives = _native.filter(lambda text: bool(text))
_numbers = st.integers(1, 999_999_999)
_cuts = st.integers(0, 100).map(lambda percent: percent * 5_000)


@st.composite
def works(draw: st.DrawFn) -> CwrWork:
    """Make a work in the form that CWR writes: one chain or none, one to three writers, sums of 100 %."""
    publishing_ppm = draw(_cuts) if draw(st.booleans()) else 0
    number = draw(_codes)
    publisher = CwrPublisher(
        chain=1,
        role="E",
        controlled=True,
        ip_number=number,
        name=draw(_text(NAME_LETTERS, 45, 1)),
        ipi_name=make_ipi_name(draw(_numbers)),
        pr_ppm=publishing_ppm,
        mr_ppm=publishing_ppm,
        terms=(CwrTerm("I", draw(st.sampled_from([2136, 586, 398])), publishing_ppm, publishing_ppm),),
        other_names=tuple(CwrName(name) for name in draw(st.lists(_natives, max_size=1))),
    )
    count = draw(st.integers(1, 3))
    rest = 1_000_000 - publishing_ppm
    shares = [rest // count // 100 * 100] * count
    shares[0] += rest - sum(shares)
    link = (CwrLink(number, publisher.name),) if publishing_ppm else ()
    writers = tuple(
        CwrWriter(
            controlled=bool(publishing_ppm),
            ip_number=f"W{place}",
            last_name=draw(_text(NAME_LETTERS, 45, 1)),
            first_name=draw(st.just("") | _text(NAME_LETTERS, 30, 1)),
            role="CA",
            ipi_name=draw(st.just("") | _numbers.map(make_ipi_name)),
            pr_society=draw(st.sampled_from(["", "901", "052"])),
            pr_ppm=share,
            mr_ppm=share,
            terms=(CwrTerm("I", 2136, share, share),) if publishing_ppm else (),
            other_names=tuple(CwrName(name) for name in draw(st.lists(_natives, max_size=2, unique=True))),
            publishers=link,
        )
        for place, share in enumerate(shares)
    )
    return CwrWork(
        submitter_work_number=draw(_text(_ZERO_LESS, 14, 1)),
        title=draw(_text(TITLE_LETTERS, 60, 1)),
        iswc=draw(st.just("") | _numbers.map(make_iswc)),
        duration_ms=draw(st.none() | st.integers(1, 35_999).map(lambda seconds: seconds * 1000)),
        titles=tuple(CwrTitle(title, "AT") for title in draw(st.lists(_text(TITLE_LETTERS, 60, 1), max_size=2))),
        publishers=(publisher,) if publishing_ppm else (),
        writers=writers,
    )
