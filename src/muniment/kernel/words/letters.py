"""Latin spellings of letters of other scripts, and letters that are one; facts of orthography, by script.

Each letter has here the spelling that passports, catalogues and the press use most for names; where a romanisation
standard and usage differ, usage wins, because these spellings are compared with what people wrote. Letters that are
not here (Han, other scripts) take the spelling of anyascii.
"""

from itertools import chain

ARABIC_ONE_LETTER = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۃ": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
        "أ": "ا",
        "إ": "ا",
        "ٱ": "ا",
        "ؤ": "و",
    }
)
"""Letters that Arabic, Persian and Urdu keyboards write differently and readers take for one."""


def _pairs(table: str) -> dict[str, str]:
    """Read "х kh" pairs; a letter alone is silent."""
    return {entry[0]: entry[1:].replace("-", "") for entry in table.split()}


_LATIN = _pairs("əa ıi øo đd łl ßss æae œoe þth ðd ħh ŋn ʻ- ɓb ɗd ƴy ŉn ſs")

_CYRILLIC = _pairs(
    "аa бb вv гg дd еe ёyo жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ- ь- ыy эe юyu яya"
    " ґg єye іi їyi ўu ђdj јj љlj њnj ћc џdz ѓgj ќkj ѕdz"
    " әa ғg қk ңn өo ұu үu һh ҳkh ҷj ӣi ӯu ҡk ҫs ҙz ӊn җj ҝg ҹch"
)
_GREEK = _pairs("αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo")

_ARABIC = _pairs(
    "اa آa أa إi ٱa بb پp تt ٹt ثth جj چch حh خkh دd ڈd ذdh رr ڑr زz ژzh سs شsh صs ضd طt ظz عa غgh فf ڤv قq کk كk گg"
    " لl مm نn ںn وw ؤo ہh هh ھh ةa ۃa ۀh ء- یy يy ىa ئy ےe ۓe ټt ډd ړr ږz ښsh ڼn ېe ۍy ځz څs ڭng ۇu ۆo ۈu ۋv ېe ەe"
)

_HEBREW = _pairs("אa בb גg דd הh וo זz חh טt יi כk ךk לl מm םm נn ןn סs עa פp ףf צts ץts קk רr שsh תt")

_DEVANAGARI = _pairs(
    "अa आa इi ईi उu ऊu ऋri एe ऐai ऑo ओo औau कk खkh गg घgh ङn चch छchh जj झjh ञn टt ठth डd ढdh णn तt थth दd धdh नn"
    " पp फph बb भbh मm यy रr लl ळl वv शsh षsh सs हh ाa िi ीi ुu ूu ृri ेe ैai ॉo ोo ौau ंn ँn ः- ऽ- ्-"
)
_DEVANAGARI |= {chr(0x958 + place): spelling for place, spelling in enumerate(("q", "kh", "gh", "z", "r", "rh", "f"))}

_THAI = _pairs(
    "กk ขkh ฃkh คkh ฅkh ฆkh งng จch ฉch ชch ซs ฌch ญy ฎd ฏt ฐth ฑth ฒth ณn ดd ตt ถth ทth ธth นn บb ปp ผph ฝf พph ฟf ภph"
    " มm ยy รr ฤrue ลl ฦlue วw ศs ษs สs หh ฬl อo ฮh ะa ัa าa ำam ิi ีi ึue ืue ุu ูu เe แae โo ใai ไai ็- ่- ้- ๊- ๋- ์- ๆ-"
)

_GEORGIAN = _pairs(
    "აa ბb გg დd ეe ვv ზz თt იi კk ლl მm ნn ოo პp ჟzh რr სs ტt უu ფp ქk ღgh ყq შsh ჩch ცts ძdz წts ჭch ხkh ჯj ჰh"
)

_ARMENIAN = _pairs(
    "աa բb գg դd եe զz էe ըy թt ժzh իi լl խkh ծts կk հh ձdz ղgh ճch մm յy նn շsh ոo չch պp ջj ռr սs վv տt րr ցts ւu փp"
    " քk օo ֆf ևev"
)

_KANA_ROWS = """
ァa アa ィi イi ゥu ウu ェe エe ォo オo カka ガga キki ギgi クku グgu ケke ゲge コko ゴgo
サsa ザza シshi ジji スsu ズzu セse ゼze ソso ゾzo タta ダda チchi ヂji ッ- ツtsu ヅzu テte デde トto
ドdo ナna ニni ヌnu ネne ノno ハha バba パpa ヒhi ビbi ピpi フfu ブbu プpu ヘhe ベbe ペpe ホho ボbo
ポpo マma ミmi ムmu メme モmo ャya ヤya ュyu ユyu ョyo ヨyo ラra リri ルru レre ロro ヮwa ワwa ヰi
ヱe ヲo ンn ヴvu ヵka ヶke ヷva ヸvi ヹve ヺvo ー- ヽ- ヾ-
"""
KATAKANA = _pairs(_KANA_ROWS)
"""Hepburn, one kana at a time; `readings` knows what two kana give together."""
_HIRAGANA = {chr(ord(kana) - 0x60): spelling for kana, spelling in KATAKANA.items() if kana < "ヷ" or kana > "ー"}

_SCRIPTS = (
    *(_LATIN, _CYRILLIC, _GREEK, _ARABIC, _HEBREW, _DEVANAGARI, _THAI, _GEORGIAN, _ARMENIAN),
    *(KATAKANA, _HIRAGANA),
)
ROMAN_LETTERS: dict[str, str] = dict(chain.from_iterable(table.items() for table in _SCRIPTS))
"""The Latin spelling of a letter, lower case; nothing where the letter is not heard."""

_JAMO = """
g kk n d tt r m b pp s ss - j jj ch k t p h
a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i
- k k k n n n t l k m l l l p l m p p t t ng t t k t p t
"""
INITIALS, VOWELS, FINALS = (tuple(row.replace("-", "").split(" ")) for row in _JAMO.strip().splitlines())
"""The letters of a Hangul syllable in the Revised Romanisation (2000), in the order of Unicode."""

_FIRST_SYLLABLE = 0xAC00


def hangul_parts(code: int) -> tuple[int, int, int]:
    """Return the places of the first consonant, the vowel and the last consonant (0: none) of a Hangul syllable."""
    place = code - _FIRST_SYLLABLE
    return place // 588, place % 588 // 28, place % 28


def hangul_syllable(initial: int, vowel: int, final: int = 0) -> str:
    """Return the syllable of three places, the inverse of `hangul_parts`."""
    return chr(_FIRST_SYLLABLE + initial * 588 + vowel * 28 + final)


def hangul_roman(code: int) -> str:
    """Return the Revised Romanisation of one Hangul syllable on its own."""
    initial, vowel, final = hangul_parts(code)
    return INITIALS[initial] + VOWELS[vowel] + FINALS[final]


JAMO_ALONE: dict[str, str] = {
    **{chr(0x1100 + place): hangul_syllable(place, 18) for place in range(19)},
    **{chr(0x1161 + place): hangul_syllable(11, place) for place in range(21)},
    **{chr(0x11A7 + place): hangul_syllable(11, 18, place) for place in range(1, 28)},
}
"""A Hangul letter that is in no syllable, by the syllable it is read as; thus no later step can compose it."""
