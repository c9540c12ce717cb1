"""ERN 3.8 and 4: invented recordings, every rule from both sides, hostile messages."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.formats.door import Head, recognise
from muniment.kernel.formats.door.records import RecordingRecord
from muniment.kernel.formats.ern import check, read_records
from muniment.kernel.formats.ern.door import FORMAT
from muniment.kernel.formats.ern.rules import TABLE
from muniment.kernel.words.identifiers import make_isni, make_isrc, make_iswc
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.mutations import read_all, spoilt

ISRC, ISWC, ISNI = make_isrc("KZ", "A1B", date(2024, 1, 1), 7), make_iswc(123_456), make_isni(71)
ERN_3 = f"""<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/382" MessageSchemaVersionId="ern/382">
<MessageHeader><MessageId>1</MessageId></MessageHeader>
<WorkList><MusicalWork><MusicalWorkId><ISWC>{ISWC}</ISWC></MusicalWorkId>
<MusicalWorkReference>W1</MusicalWorkReference></MusicalWork></WorkList>
<ResourceList><SoundRecording><SoundRecordingType>MusicalWorkSoundRecording</SoundRecordingType>
<SoundRecordingId><ISRC>{ISRC}</ISRC><ProprietaryId Namespace="DPID:X">T-1</ProprietaryId></SoundRecordingId>
<ResourceReference>A1</ResourceReference><ReferenceTitle><TitleText>Song of the River</TitleText>
<SubTitle>Live</SubTitle></ReferenceTitle><LanguageOfPerformance>kk</LanguageOfPerformance><Duration>PT3M20S</Duration>
<ResourceMusicalWorkReferenceList><ResourceMusicalWorkReference>
<ResourceMusicalWorkReference>W1</ResourceMusicalWorkReference></ResourceMusicalWorkReference>
</ResourceMusicalWorkReferenceList>
<SoundRecordingDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>
<Title TitleType="TranslatedTitle" LanguageAndScriptCode="ur-Arab"><TitleText>دریا کا گیت</TitleText></Title>
<DisplayArtist><PartyName><FullName>The Bridge</FullName></PartyName><PartyId><ISNI>{ISNI}</ISNI></PartyId>
<ArtistRole>MainArtist</ArtistRole></DisplayArtist>
<ResourceContributor><PartyName><FullName>Erzhan Audio</FullName></PartyName>
<ResourceContributorRole>StudioProducer</ResourceContributorRole></ResourceContributor>
<IndirectResourceContributor><PartyName><FullName>Nurlan Tashenov</FullName></PartyName>
<IndirectResourceContributorRole>Composer</IndirectResourceContributorRole></IndirectResourceContributor>
<RightsController><PartyName><FullName>Bridge Sounds</FullName></PartyName>
<RightsControllerRole>RightsController</RightsControllerRole>
<RightSharePercentage>100.00</RightSharePercentage></RightsController>
<PLine><Year>2024</Year><PLineText>2024 Bridge Sounds</PLineText></PLine>
</SoundRecordingDetailsByTerritory></SoundRecording></ResourceList></ern:NewReleaseMessage>"""
ERN_4 = f"""<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43"><MessageHeader/>
<PartyList><Party><PartyReference>P1</PartyReference><PartyName><FullName>The Bridge</FullName></PartyName>
<PartyId><ISNI>{ISNI}</ISNI></PartyId></Party><Party><PartyReference>P2</PartyReference>
<PartyName><FullName>Bridge Sounds</FullName></PartyName></Party><Party><PartyReference>P3</PartyReference>
<PartyName><FullName>Erzhan Audio</FullName></PartyName></Party></PartyList>
<ResourceList><SoundRecording><ResourceReference>A1</ResourceReference><Type>MusicalWorkSoundRecording</Type>
<SoundRecordingEdition><ResourceId><ISRC>{ISRC}</ISRC></ResourceId>
<PLine><Year>2024</Year><PLineText>Bridge Sounds</PLineText></PLine></SoundRecordingEdition>
<WorkId><ISWC>{ISWC}</ISWC></WorkId><DisplayTitleText>Song of the River (Live)</DisplayTitleText>
<DisplayTitle><TitleText>Song of the River</TitleText><SubTitle>Live</SubTitle></DisplayTitle>
<DisplayArtistName>The Bridge</DisplayArtistName><DisplayArtist><ArtistPartyReference>P1</ArtistPartyReference>
<DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist><Contributor>
<ContributorPartyReference>P3</ContributorPartyReference><Role>StudioProducer</Role></Contributor>
<ResourceRightsController><RightsControllerPartyReference>P2</RightsControllerPartyReference>
<RightSharePercentage>100</RightSharePercentage></ResourceRightsController>
<Duration>PT3M20S</Duration><LanguageOfPerformance>kk</LanguageOfPerformance></SoundRecording></ResourceList>
</ern:NewReleaseMessage>"""


def _write(folder: Path, message: str) -> Path:
    path = folder / "message.xml"
    path.write_text(message, encoding="utf-8")
    return path


@pytest.mark.parametrize(("message", "version"), [(ERN_3, "3.8.2"), (ERN_4, "4.3")])
def test_a_sound_recording_comes_with_everything_said_of_it(message: str, version: str, tmp_path: Path) -> None:
    path = _write(tmp_path, message)
    assert list(check(path)) == []
    [one] = list(read_records(path))
    assert isinstance(one, RecordingRecord)
    assert (one.titles[0].text, one.titles[0].subtitle, one.artist) == ("Song of the River", "Live", "The Bridge")
    assert (one.key, one.duration_ms, one.language, one.works) == (ISRC, 200_000, "kk", (ISWC,))
    assert one.p_line == "2024 Bridge Sounds"
    roles = {party.name: party.roles for party in one.parties}
    assert roles["The Bridge"] == ("main artist",)
    assert roles["Erzhan Audio"] == ("studio producer",)
    assert roles["Bridge Sounds"] == ("rights holder",)
    assert [share.share_ppm for share in one.shares] == [1_000_000]
    assert [number.value for party in one.parties for number in party.identifiers] == [ISNI]
    found = recognise(path)
    assert (found.format.name, found.recognised.version) == ("ern", version)
    assert FORMAT.preview(path, 3).counts == {"recordings": 1}


def test_what_differs_by_territory_is_read_too(tmp_path: Path) -> None:
    [one] = list(read_records(_write(tmp_path, ERN_3)))
    assert isinstance(one, RecordingRecord)
    assert [(title.text, title.script) for title in one.titles][1] == ("دریا کا گیت", "Arab")
    assert ("composer",) in [party.roles for party in one.parties]
    assert [(number.scheme, number.value) for number in one.identifiers][1] == ("proprietary", "T-1")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("/ern/43", "/ern/37", r"ERN 3\.7"),
        ("ern:NewReleaseMessage", "ern:CatalogListMessage", "CatalogListMessage"),
        ("http://ddex.net/xml/ern/43", "urn:other", "not ERN"),
    ],
)
def test_another_message_or_version_is_refused_by_its_name(old: str, new: str, told: str, tmp_path: Path) -> None:
    path = _write(tmp_path, ERN_4.replace(old, new))
    with pytest.raises(BadFile, match=told):
        list(read_records(path))
    assert FORMAT.recognise(Head(b"<a/>", "x.xml")) is None


BROKEN = {
    "ER-02": ("<TitleText>Song of the River</TitleText>", ""), "ER-03": (f"<ISRC>{ISRC}", "<ISRC>KZ-1"),
    "ER-04": (f"<ISWC>{ISWC}", "<ISWC>T0000000000"), "ER-05": ("<Duration>PT3M20S", "<Duration>3:20"),
    "ER-06": (">P1</ArtistPartyReference", ">P9</ArtistPartyReference"), "ER-08": (ISNI, ISNI[:-1] + "X"),
    "ER-07": (f"<ResourceId><ISRC>{ISRC}</ISRC></ResourceId>", ""), "ER-09": ("Song of the", "Song \u202eof the"),
    "ER-10": (">100<", ">140<"),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_told_with_its_line(rule: str, tmp_path: Path) -> None:
    old, new = BROKEN[rule]
    message = ERN_4
    if rule == "ER-02":
        message = message.replace("<DisplayTitleText>Song of the River (Live)</DisplayTitleText>", "")
    assert old in message
    found = {problem.rule: problem for problem in check(_write(tmp_path, message.replace(old, new)))}
    assert set(found) - {"ER-07"} == {rule} - {"ER-07"}
    assert found[rule].line
    assert set(TABLE.ids) == set(BROKEN) | {"ER-01"}


def test_entities_and_networks_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><ern:NewRelease'
    with pytest.raises(BadFile, match="entities"):
        list(read_records(_write(tmp_path, ERN_4.replace("<ern:NewRelease", bomb, 1))))


@given(data=st.data(), message=st.sampled_from([ERN_3, ERN_4]))
def test_a_spoilt_message_is_told_or_refused(data: st.DataObject, message: str, tmp_path: Path) -> None:
    found = read_all(read_records, tmp_path / "spoilt.xml", data.draw(spoilt(message.encode())))
    assert isinstance(found, str) or all(isinstance(item, Problem | RecordingRecord) for item in found)


def test_very_many_broken_numbers_cost_what_their_size_does(tmp_path: Path) -> None:
    many = "".join(f"<SoundRecordingId><ISRC>{number}</ISRC></SoundRecordingId>" for number in range(20_000))
    path = _write(tmp_path, ERN_3.replace("<SoundRecordingId>", f"{many}<SoundRecordingId>", 1))
    began = time.process_time()
    assert len(list(check(path))) == 1_000
    assert time.process_time() - began < 5
