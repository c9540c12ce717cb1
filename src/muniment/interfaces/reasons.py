"""Reasons of the matcher in the reader's language: the rows of the model and of duplicates, for pages.

A model keeps its reasons in English, in its file and in every match run; what a person reads is put together here from
parts that translators see. Tests hold that no row of the model lacks its parts.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_PARTS = frozenset(
    (
        gettext_noop("starting point"),
        gettext_noop("a person decided"),
        gettext_noop("a person named the two"),
        gettext_noop("title equal"),
        gettext_noop("title equal in Latin letters"),
        gettext_noop("title equal but for its subtitle"),
        gettext_noop("title alike to %(share)s %%"),
        gettext_noop("title has the same words in another order"),
        gettext_noop("title cut off"),
        gettext_noop("one title holds the other"),
        gettext_noop("title hardly alike"),
        gettext_noop("no title reported"),
        gettext_noop("title nearly equal"),
        gettext_noop("title alike"),
        gettext_noop("performer equal"),
        gettext_noop("one of several performers equal"),
        gettext_noop("performer alike to %(share)s %%"),
        gettext_noop("performer is a writer of the work"),
        gettext_noop("performer known, but not for the work"),
        gettext_noop("performer not known"),
        gettext_noop("no performer reported"),
        gettext_noop("the repertoire names no performer"),
        gettext_noop("performer agrees"),
        gettext_noop("performer nearly agrees"),
        gettext_noop("performer wrote it"),
        gettext_noop("no performer"),
        gettext_noop("performer differs"),
        gettext_noop("writers equal"),
        gettext_noop("writers equal by initial and surname"),
        gettext_noop("writers equal by surname"),
        gettext_noop("half or more of the writers equal"),
        gettext_noop("some of the writers equal"),
        gettext_noop("writers differ"),
        gettext_noop("no writers reported"),
        gettext_noop("the repertoire names no writer"),
        gettext_noop("writers agree"),
        gettext_noop("writers partly agree"),
        gettext_noop("no writers"),
        gettext_noop("no other work has the title"),
        gettext_noop("2 or 3 works have the title"),
        gettext_noop("4 to 10 works have the title"),
        gettext_noop("more than 10 works have the title"),
        gettext_noop("never recorded"),
        gettext_noop("the only work recorded under the title"),
        gettext_noop("the only work much recorded under the title"),
        gettext_noop("most recordings under the title are of this work"),
        gettext_noop("many recordings under the title are of this work"),
        gettext_noop("few recordings under the title are of this work"),
        gettext_noop("the title's words say %(low)s to %(high)s bits"),
        gettext_noop("the title's words say 49 bits or more"),
        gettext_noop("read as reported"),
        gettext_noop("title and performer exchanged"),
        gettext_noop("performer found before the title"),
        gettext_noop("performer found behind the title"),
        gettext_noop("another performer found before the title"),
        gettext_noop("one part of a medley"),
        gettext_noop("performer found beside the title without a mark"),
        gettext_noop("another part of the text is a title, too"),
        gettext_noop("no code known"),
        gettext_noop("own work code equal"),
        gettext_noop("ISWC equal"),
        gettext_noop("ISRC equal"),
        gettext_noop("another work has the code"),
        gettext_noop("ISWCs differ"),
        gettext_noop("two works meet by their ISWC only"),
        gettext_noop("one is a version of the other"),
        gettext_noop("no other candidate"),
        gettext_noop("no candidate near"),
        gettext_noop("the next candidate is far behind"),
        gettext_noop("the next candidate is well behind"),
        gettext_noop("the next candidate is behind"),
        gettext_noop("the next candidate is not far behind"),
        gettext_noop("the next candidate is near"),
        gettext_noop("another candidate is as likely"),
        gettext_noop("no recording is known"),
        gettext_noop("the work is mostly recorded under the title"),
        gettext_noop("the work is often recorded under the title"),
        gettext_noop("the work is at times recorded under the title"),
        gettext_noop("the work is seldom recorded under the title"),
        gettext_noop("the work is hardly ever recorded under the title"),
        gettext_noop("no recording is meant"),
        gettext_noop("the performer has recorded this title of the work"),
        gettext_noop("the performer has recorded another title of the work"),
        gettext_noop("no recording under the title is known"),
        gettext_noop("nobody agrees"),
        gettext_noop("somebody agrees"),
        gettext_noop("two records meet under a name"),
        gettext_noop("name equal"),
        gettext_noop("name equal in Latin letters"),
        gettext_noop("name equal, words in another order"),
        gettext_noop("name equal by initials"),
        gettext_noop("name alike to %(share)s %%"),
        gettext_noop("names hardly alike"),
        gettext_noop("no other party has this name"),
        gettext_noop("few parties have this name"),
        gettext_noop("many parties have this name"),
        gettext_noop("the name is one word"),
        gettext_noop("IPI base number equal"),
        gettext_noop("ISNI equal"),
        gettext_noop("IPI name number equal"),
        gettext_noop("IPI base numbers differ"),
        gettext_noop("ISNIs differ"),
        gettext_noop("IPI name numbers differ"),
        gettext_noop("one is a person and the other is not"),
        gettext_noop("two kinds of firm"),
        gettext_noop("same society"),
        gettext_noop("different societies"),
        gettext_noop("same country"),
        gettext_noop("different countries"),
    )
)
_FIGURES = (
    (re.compile(r"(title|performer|name) alike to (?P<share>\d+) %"), "{0[0]} alike to %(share)s %%"),
    (
        re.compile(r"the title's words say (?P<low>\d+) to (?P<high>\d+) bits"),
        "the title's words say %(low)s to %(high)s bits",
    ),
)
_ENDINGS = (", nobody agrees", ", somebody agrees")
_TOGETHER = "together: "


def reason_text(text: str) -> str:
    """Return a reason of the matcher in the language of the page; one that nobody knows, as of an old run, as it is."""
    return translated(text) or text


def translated(text: str) -> str | None:
    """Return a reason in the language of the page, or None where a part of it is not in the table."""
    if text.startswith(_TOGETHER):
        parts = [_known(part) for part in text.removeprefix(_TOGETHER).split(", ")]
        if len(parts) != 3 or None in parts:
            return None
        title, performer, writers = parts
        return _("together: %(title)s, %(performer)s, %(writers)s") % {
            "title": title,
            "performer": performer,
            "writers": writers,
        }
    if text.endswith(_ENDINGS):
        seen, _comma, who = text.rpartition(", ")
        first, second = _known(seen), _known(who)
        if first is None or second is None:
            return None
        return _("%(seen)s, %(who)s") % {"seen": first, "who": second}
    return _known(text)


def _known(part: str) -> str | None:
    """Return a part of a reason in the language of the page; None where the table has it not."""
    for pattern, form in _FIGURES:
        if found := pattern.fullmatch(part):
            msgid = form.format(found.groups())
            return None if msgid not in _PARTS else _(msgid) % found.groupdict()
    return _(part) if part in _PARTS else None
