"""The elements of ONIX that are read, under the name that the reference tags give them, and the lists of codes.

Short tags are the same elements: composites in small letters, data elements under a letter and three digits. A code
that a list does not have is told by a rule and costs nothing but itself. The lists are facts of the standard in words
of our own (`codes.csv`); what a code means in full stands with its publisher, EDItEUR.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_COMPOSITES = (
    "Product", "ProductIdentifier", "DescriptiveDetail", "TitleDetail", "TitleElement", "Collection", "Contributor",
    "NameIdentifier", "AlternativeName", "ContributorDate", "Language", "Extent", "PublishingDetail", "Publisher",
    "Imprint", "PublishingDate", "RelatedMaterial", "RelatedWork", "WorkIdentifier", "Header", "Sender",
)  # fmt: skip
_DATA = {
    "a001": "RecordReference", "a002": "NotificationType", "b221": "ProductIDType", "b244": "IDValue",
    "b233": "IDTypeName", "x314": "ProductComposition", "b012": "ProductForm", "b333": "ProductFormDetail",
    "b202": "TitleType", "x409": "TitleElementLevel", "b203": "TitleText", "b030": "TitlePrefix",
    "b031": "TitleWithoutPrefix", "b029": "Subtitle", "x410": "PartNumber", "b034": "SequenceNumber",
    "b035": "ContributorRole", "x415": "NameIDType", "x414": "NameType", "b036": "PersonName",
    "b037": "PersonNameInverted", "b038": "TitlesBeforeNames", "b039": "NamesBeforeKey", "b247": "PrefixToKey",
    "b040": "KeyNames", "b041": "NamesAfterKey", "b047": "CorporateName", "x443": "CorporateNameInverted",
    "b249": "UnnamedPersons", "x417": "ContributorDateRole", "b306": "Date", "j260": "DateFormat",
    "b253": "LanguageRole", "b252": "LanguageCode", "x420": "ScriptCode", "b218": "ExtentType", "b219": "ExtentValue",
    "b220": "ExtentUnit", "b058": "EditionStatement", "b057": "EditionNumber", "b291": "PublishingRole",
    "b081": "PublisherName", "b079": "ImprintName", "x448": "PublishingDateRole", "b083": "CountryOfPublication",
    "x454": "WorkRelationCode", "b201": "WorkIDType", "x298": "SenderName", "x411": "YearOfAnnual",
}  # fmt: skip
NAMES: Mapping[str, str] = {name.lower(): name for name in _COMPOSITES} | _DATA
"""The reference name of every short tag."""


@cache
def codes(name: str) -> Mapping[str, str]:
    """Return the codes of a list with our word for each."""
    with (files(__package__) / "codes.csv").open(encoding="utf-8") as file:
        return {row["code"]: row["ours"] for row in csv.DictReader(file) if row["list"] == name}
