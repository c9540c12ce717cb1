"""Words of a text: their hashes, what is known of them, and compiled functions that part a folded text into them.

What a word can say beside being a word: that a bracket or tail names a version ("Live", "официальный клип", "歌詞"),
that a guest follows ("feat."), that names are joined ("and", "и", "اور"), and so on. Words are listed as people write
them; they are folded by the one table of code points, and longer ones are known in Latin letters too.
"""

from typing import Any

import numpy as np
from numba import njit

from muniment.kernel.words.names import fold, romanise
from muniment.use.matching.bulk.bundle import i64, u64
from muniment.use.matching.bulk.room import (
    TOKEN_FIRST,
    TOKEN_GROUP,
    TOKEN_HASH,
    TOKEN_KEEP,
    TOKEN_LAST,
    TOKEN_MARK,
    TOKEN_TAIL,
    TOKENS,
)
from muniment.use.matching.bulk.texts import BAR, BLANK, CLOSE, DASH, JOIN, OPEN, SLASH

VERSION, FROM, ARTICLE, JOINER, GUEST, PART_WORD, NOISE, THE, DRESS, FILLER, BY, MEDLEY, ROLE, ENDING = (
    1 << bit for bit in range(14)
)
_WORDS = {
    VERSION: """
        remaster remastered remasters remasterizado remasterise remix remixed mix edit version versione versión live
        acoustic unplugged instrumental karaoke demo mono stereo bonus official video lyric lyrics audio visualizer
        extended single session sessions rehearsal outtake reprise radio deluxe explicit clean cover soundtrack vivo
        akustik feat ft featuring take album hd hq uhd fullhd 4k 8k 1080p 720p 480p 360p 60fps clip mv pv ost amv
        performance visualiser videoclip oficial officiel officielle ufficiale offizielles resmi klip klibi teledysk
        letra paroles testo songtext liedtext sözleri tekst versuri lirik sub subs subtitles subtitled subtitulado
        playback minus backing remake reverb slowed nightcore 8d teaser trailer premiere vevo lp ep b-side vinyl rpm
        wmv avi mp3 mp4 flv prod cd dvd piano-version cover-version acustico acústico acoustique ao-vivo directo
        официальный официальная официальное официальный-клип клип клипы видео видеоклип премьера лирик-видео текст
        караоке минус минусовка ремикс версия концерт концерте вживую лайв акустика акустическая кавер саундтрек аудио
        ремастер ремастеринг офіційне офіційний відео кліп прем'єра наживо версія ресми бейнеклип бейнебаян мәтін
        رسمي الرسمي فيديو كليب الكليب كلمات حصريا حصري كاريوكي ريمكس لايف حفلة بجودة
        رسمی موزیک ویدیو ویدئو کلیپ متن اجرا زنده ریمیکس کاور آفیشل ویڈیو لیرکس لائیو کراوکے
        आधिकारिक वीडियो लिरिक्स लाइव ऑफिशियल कराओके रीमिक्स कवर
        רשמי הרשמי קליפ הקליפ מילים קריוקי גרסה גרסת בהופעה רמיקס אקוסטי אודיו לייב וידאו
        επίσημο βίντεο στίχοι ζωντανά
        공식 뮤직비디오 뮤비 가사 라이브 자막 노래방 커버 리믹스 어쿠스틱 고음질 직캠 티저 음원 반주
        公式 歌詞 歌词 官方 字幕 高清 完整版 现场 現場 現場版 伴奏 卡拉 动态 動態 翻唱 无损 無損 高音質 高音质 首播
        カラオケ ライブ ライヴ ミュージックビデオ リミックス リマスター カバー 歌ってみた 弾き語り 主題歌
        アコースティック バージョン フルバージョン 字幕付き""",
    FROM: "from with pt pts part parts feat ft featuring prod theme aus из feat. w",
    ARTICLE: "the a an la le el los las les der die das il lo gli",
    JOINER: """
        and und et with vs versus x feat ft featuring avec con mit presents introducing y e og och i ve ile și és ja
        featured и та й при участии совместно фит фт және و مع با اور और एवं तथा فيت فیٹ फीट ਅਤੇ এবং
        עם מארח מארחת και με და և 和 与 與 及 と 그리고 피처링 フィーチャリング und""",
    GUEST: "feat ft featuring prod фит فيت فیٹ फीट 피처링 フィーチャリング",
    PART_WORD: "pt pts part parts",
    NOISE: "topic official vevo friends channel официальный",
    THE: "the",
    DRESS: """
        official lyrics lyric hd hq uhd fullhd 4k 8k 1080p 720p 480p 60fps mv pv vevo karaoke remastered videoclip
        visualizer visualiser oficial officiel ufficiale sözleri wmv avi mp3 mp4 flv subtitles subtitled letra paroles
        клип официальный официальное караоке премьера видеоклип кліп бейнеклип видео
        كليب حصريا فيديو رسمی ویدیو ویڈیو لیرکس वीडियो लिरिक्स ऑफिशियल גרסת קליפ
        뮤직비디오 뮤비 가사 노래방 라이브 자막 公式 歌詞 歌词 官方 官方mv 高清 字幕
        песня أغنية اغنية گانا गाना 歌曲""",
    FILLER: """
        music video audio full song version new the with and in cover clip remaster remix live acoustic stereo mono
        original single album track rpm музыка песня песни новая аудио текст أغنية اغنية الرسمي النسخة الاصلية آهنگ
        جدید گانا گانے مکمل نیا गाना फुल सॉन्ग नया 노래 노래 歌曲 新歌 mp3""",
    BY: "by par por von door durch av исполняет исполнитель از بصوت گلوکار",
    MEDLEY: """
        medley potpourri mashup megamix popurri popurrí
        попурри меддли мэшап میڈلے ميدلي मेडली メドレー 메들리 串烧 串燒""",
    ROLE: """
        by music lyrics words composer composed written writer writers author authors arr arranged arranger comp
        traditional trad songwriter songwriters музыка слова муз сл""",
    ENDING: "jr sr junior senior ii iii iv",
}
_FNV, _PRIME = 0xCBF29CE484222325, 0x100000001B3
_U64 = (1 << 64) - 1
_SLOTS = 2048
_FOREIGN_FROM = 4
"""Letters that a word must have in Latin letters to be known in them too: shorter ones are words of other languages."""
_HAN_FROM = 0xE3
"""The first byte of the letters of China and Japan, which stand without blanks between words."""
_LONGEST_INSIDE = 4


def hash_of(text: bytes) -> int:
    """Return the hash of some bytes, as `hash_bytes` computes it."""
    value = _FNV
    for byte in text:
        value = ((value ^ byte) * _PRIME) & _U64
    value ^= value >> 33
    value = (value * 0xFF51AFD7ED558CCD) & _U64
    value ^= value >> 33
    value = (value * 0xC4CEB9FE1A85EC53) & _U64
    return value ^ (value >> 33)


def _spellings(word: str) -> set[str]:
    """Return a word as the compiled loop meets it: folded, and if it is foreign and long enough in Latin letters."""
    spelled = {fold(word)}
    latin = romanise(word)
    if not word.isascii() and len(latin) >= _FOREIGN_FROM:
        spelled.add(latin)
    return {one for one in spelled if one and " " not in one}


def _word_table() -> tuple[Any, Any]:
    hashes, kinds = np.zeros(_SLOTS, dtype=np.uint64), np.zeros(_SLOTS, dtype=np.int64)
    for kind, words in _WORDS.items():
        for word in {spelled for listed in words.split() for spelled in _spellings(listed)}:
            value = hash_of(word.encode())
            slot = value & (_SLOTS - 1)
            while hashes[slot] not in (0, value):
                slot = (slot + 1) & (_SLOTS - 1)
            hashes[slot], kinds[slot] = value, kinds[slot] | kind
    return hashes, kinds


_WORD_HASHES, _WORD_KINDS = _word_table()


@njit(cache=True, nogil=True)
def mix(value):  # type: ignore[no-untyped-def]
    """Return the bits of a hash well stirred."""
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@njit(cache=True, nogil=True)
def hash_bytes(data, first, last):  # type: ignore[no-untyped-def]
    """Return the hash of some bytes."""
    value = np.uint64(_FNV)
    for at in range(first, last):
        value = (value ^ np.uint64(data[at])) * np.uint64(_PRIME)
    return mix(value)


@njit(cache=True, nogil=True)
def kind_of(value):  # type: ignore[no-untyped-def]
    """Return what is known of the word with this hash, as bits."""
    slot = np.int64(value & np.uint64(_SLOTS - 1))
    while _WORD_HASHES[slot] != 0:
        if _WORD_HASHES[slot] == value:
            return _WORD_KINDS[slot]
        slot = (slot + 1) & (_SLOTS - 1)
    return 0


@njit(cache=True, nogil=True)
def joins_names(mark):  # type: ignore[no-untyped-def]
    """Say whether a mark stands between names: "&", "/", "|" and their like."""
    return mark in (JOIN, SLASH, BAR)


@njit(cache=True, nogil=True)
def tokens_of(data, first, last, s):  # type: ignore[no-untyped-def]
    """Fill the tokens of `s` from a folded text; return how many there are."""
    count, at = 0, first
    group, groups, tail, mark = 0, 0, 0, BLANK
    while at < last and count < TOKENS:
        byte = data[at]
        if byte > BLANK:
            begin = at
            while at < last and data[at] > BLANK:
                at += 1
            i64(s, TOKEN_FIRST)[count], i64(s, TOKEN_LAST)[count] = begin, at
            u64(s, TOKEN_HASH)[count] = hash_bytes(data, begin, at)
            (
                i64(s, TOKEN_GROUP)[count],
                i64(s, TOKEN_TAIL)[count],
                i64(s, TOKEN_MARK)[count],
                i64(s, TOKEN_KEEP)[count],
            ) = group, tail, mark, 1
            count, mark = count + 1, BLANK
            continue
        if byte == OPEN:
            groups += 1
            group = groups
        elif byte == CLOSE:
            group = 0
        elif byte in (DASH, BAR) and group == 0 and count > 0:
            tail += 1
        if byte != BLANK:
            mark = byte
        at += 1
    return count


@njit(cache=True, nogil=True)
def kind_at(data, s, token):  # type: ignore[no-untyped-def]
    """Return what is known of a token; of a Han or kana token, also what is known of the words inside it."""
    kind = kind_of(u64(s, TOKEN_HASH)[token])
    first, last = i64(s, TOKEN_FIRST)[token], i64(s, TOKEN_LAST)[token]
    if kind or last - first < 6:
        return kind
    for at in range(first, last):
        if data[at] < _HAN_FROM:
            continue
        end, letters = at, 0
        while end < last and letters < _LONGEST_INSIDE and data[end] >= _HAN_FROM:
            end, letters = end + 3, letters + 1
            if letters > 1 and end <= last:
                kind |= kind_of(hash_bytes(data, at, end)) & (VERSION | MEDLEY)
    return kind


@njit(cache=True, nogil=True)
def is_year(data, s, token):  # type: ignore[no-untyped-def]
    """Say whether a token is a year of recorded music, 1900 to 2099."""
    first = i64(s, TOKEN_FIRST)[token]
    if i64(s, TOKEN_LAST)[token] - first != 4:
        return False
    century = (data[first] - 48) * 10 + data[first + 1] - 48
    return century in (19, 20) and 48 <= data[first + 2] <= 57 and 48 <= data[first + 3] <= 57
