"""The stock of syllables and words that the invented society is built from.

Every list was made up for this purpose. A name is two syllables of a list for the given name and two for the family,
so nobody of that name is meant. Each entry stands in Latin letters and in its own script, which gives an honest
transliteration of every name and title.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A syllable or word in Latin letters and in its own script."""

    latin: str
    native: str


@dataclass(frozen=True, slots=True)
class Script:
    """What names and titles of one script are made from.

    `patterns` are titles: {a} an adjective, {n} and {m} nouns, {p} a phrase; each pattern is a pair of spellings.
    """

    code: str
    language: str
    given: tuple[tuple[Word, ...], tuple[Word, ...]]
    family: tuple[tuple[Word, ...], tuple[Word, ...]]
    family_first: bool
    adjectives: tuple[Word, ...]
    nouns: tuple[Word, ...]
    phrases: tuple[Word, ...]
    patterns: tuple[Word, ...]


def _pairs(text: str) -> tuple[Word, ...]:
    """Read "latin native, latin native"; an underscore stands for a blank."""
    words = (entry.split() for entry in text.split(","))
    return tuple(Word(latin.replace("_", " "), native.replace("_", " ")) for latin, native in words)


def _plain(text: str) -> tuple[Word, ...]:
    """Read words that are the same in both spellings."""
    return tuple(Word(word.replace("_", " "), word.replace("_", " ")) for word in text.split())


LATIN = Script(
    code="Latn",
    language="EN",
    given=(
        _plain("Al Bre Cor Da El Fen Gri Hai Il Jor Kae Li Mo Ne Or Pel Que Ros Sai Ti Ul Ve Wil Yor Zan"),
        _plain("bin dra len mira nor pell ric sune tavi vane wyn xis zola thea mund dris"),
    ),
    family=(
        _plain("Ash Bram Crow Dun Fal Grey Hol Ivers Kest Lor Mar Nor Ost Pend Quill Raven Sel Thorn Ulm Var Wex Yar"),
        _plain("combe dale ford gard hurst lin mere nick ock pool rith stead thwaite wick zell brand"),
    ),
    family_first=False,
    adjectives=_plain(
        "Amber Broken Crimson Distant Early Faithful Golden Hollow Idle Jagged Kind Lonely Misty Narrow Open Paper "
        "Quiet Restless Silver Tender Unseen Velvet Wandering Yellow"
    ),
    nouns=_plain(
        "Anchor Bridge Candle Delta Engine Ferry Garden Harbour Island Jasmine Kite Lantern Mirror Needle Orchard "
        "Pasture River Station Thunder Umbrella Valley Window Yard Carousel Comet Feather Tailor Widow Lighthouse Salt"
    ),
    phrases=_plain(
        "at_Dawn for_Two in_the_Rain on_the_Roof until_Morning without_You after_Closing_Time across_the_Water "
        "before_the_Harvest under_Glass"
    ),
    patterns=(
        Word("{a} {n}", "{a} {n}"),
        Word("The {n} {p}", "The {n} {p}"),
        Word("{n} and {m}", "{n} and {m}"),
        Word("The {a} {n}", "The {a} {n}"),
        Word("{n} of the {m}", "{n} of the {m}"),
        Word("{a} {n} {p}", "{a} {n} {p}"),
    ),
)

URDU = Script(
    code="Arab",
    language="UR",
    given=(
        _pairs(
            "Zar زر, Gul گل, Mah ماہ, Nur نور, Shab شب, Dil دل, Khush خوش, Far فر, Rukh رخ, Sahr سحر, Tab تاب, "
            "Lal لال, Bakht بخت, Kar کار, Nil نیل, Shor شور, Barg برگ, Moj موج"
        ),
        _pairs("ban بان, taj تاج, wash وش, veen وین, zeb زیب, raz راز, mand مند, feen فین, gar گر, ruz روز, dam دم"),
    ),
    family=(
        _pairs(
            "Chiragh چراغ, Darakht درخت, Kamal کمل, Toti طوطی, Sang سنگ, Darya دریا, Qalam قلم, Resham ریشم, "
            "Badal بادل, Kashti کشتی, Naqsh نقش, Parcham پرچم"
        ),
        _pairs("pur پور, gar گر, saz ساز, dan دان, wal وال, zar زار, nagar نگر, kot کوٹ"),
    ),
    family_first=False,
    adjectives=_pairs(
        "Purani پرانی, Nayi نئی, Neeli نیلی, Khamosh خاموش, Adhuri ادھوری, Bheegi بھیگی, Sunehri سنہری, Udas اداس, "
        "Tanha تنہا, Gehri گہری, Meethi میٹھی, Roshan روشن"
    ),
    nouns=_pairs(
        "Raat رات, Baarish بارش, Yaad یاد, Kashti کشتی, Khushbu خوشبو, Shaam شام, Raah راہ, Aankh آنکھ, Sada صدا, "
        "Khidki کھڑکی, Subah صبح, Chandni چاندنی, Nadi ندی, Gali گلی, Kahani کہانی, Neend نیند, Hawa ہوا, Mitti مٹی, "
        "Zindagi زندگی, Manzil منزل, Roshni روشنی, Dhoop دھوپ, Titli تتلی, Basti بستی"
    ),
    phrases=_pairs(
        "ke_Baad کے_بعد, ke_Saath کے_ساتھ, ke_Paar کے_پار, ki_Taraf کی_طرف, se_Pehle سے_پہلے, ke_Bina کے_بنا, "
        "ke_Neeche کے_نیچے"
    ),
    patterns=(
        Word("{a} {n}", "{a} {n}"),
        Word("{n} ki {m}", "{n} کی {m}"),
        Word("{n} aur {m}", "{n} اور {m}"),
        Word("{n} {p}", "{n} {p}"),
        Word("{a} {n} {p}", "{a} {n} {p}"),
        Word("Teri {n} ki {m}", "تیری {n} کی {m}"),
    ),
)

CYRILLIC = Script(
    code="Cyrl",
    language="RU",
    given=(
        _pairs(
            "Ar Ар, Bel Бел, Vey Вей, Gor Гор, Dan Дан, Yel Ел, Zor Зор, Ila Ила, Kay Кай, Len Лен, Mir Мир, Nar Нар, "
            "Ost Ост, Rad Рад, Sev Сев, Tay Тай, Fen Фен"
        ),
        _pairs("ana ана, bek бек, vid вид, gul гул, lan лан, mira мира, nur нур, rik рик, sana сана, day дай"),
    ),
    family=(
        _pairs(
            "Vetr Ветр, Gorn Горн, Dubr Дубр, Zvon Звон, Kalin Калин, Lug Луг, Most Мост, Ozer Озер, Polyn Полын, "
            "Sneg Снег, Ternov Тернов, Khmar Хмар, Shelest Шелест"
        ),
        _pairs("ich ич, enko енко, bayev баев, sky ский, nik ник, un ун"),
    ),
    family_first=False,
    adjectives=(),
    nouns=_pairs(
        "Veter Ветер, Doroga Дорога, Reka Река, Ogon Огонь, Poyezd Поезд, Sneg Снег, Okno Окно, Zvezda Звезда, "
        "Bereg Берег, Tuman Туман, Fonar Фонарь, Gorod Город, Step Степь, Pismo Письмо, Parus Парус, Dozhd Дождь, "
        "Polden Полдень, Kolodets Колодец, Ulitsa Улица, Ptitsa Птица"
    ),
    phrases=_pairs(
        "na_rassvete на_рассвете, bez_tebya без_тебя, za_rekoy за_рекой, u_morya у_моря, do_utra до_утра, "
        "nad_stepyu над_степью, v_tishine в_тишине"
    ),
    patterns=(
        Word("{n} i {m}", "{n} и {m}"),
        Word("{n} {p}", "{n} {p}"),
        Word("{n} i {m} {p}", "{n} и {m} {p}"),
        Word("Gde {n}, tam {m}", "Где {n}, там {m}"),
    ),
)

HAN = Script(
    code="Hani",
    language="ZH",
    given=(
        _pairs("Yue 月, Shi 石, Zhu 竹, Deng 灯, Zhou 舟, Mo 墨, Ge 歌, Xing 星, Song 松, Yan 雁, Xi 溪, Ping 萍"),
        _pairs("lan 岚, qing 晴, yu 羽, ran 染, shuo 朔, ning 宁, he 荷, tan 潭, wei 薇, lu 鹭"),
    ),
    family=(
        _pairs("Yun 云, Quan 泉, Shuang 霜, He 禾, Feng 枫, Lu 露, Xia 霞, Qiao 桥, Sha 沙, Xue 雪"),
        (Word("", ""),),
    ),
    family_first=True,
    adjectives=_pairs(
        "Anjing 安静, Yaoyuan 遥远, Jinse 金色, Gudu 孤独, Wenrou 温柔, Lanse 蓝色, Moming 莫名, Chulian 初恋"
    ),
    nouns=_pairs(
        "Yuguang 月光, Heliu 河流, Chezhan 车站, Dengta 灯塔, Huayuan 花园, Fanchuan 帆船, Yutian 雨天, Chuntian 春天, "
        "Xingkong 星空, Shanlu 山路, Qiaotou 桥头, Xinjian 信件, Jiyi 记忆, Haian 海岸, Luoye 落叶, Qiufeng 秋风"
    ),
    phrases=_pairs("zhi_Hou 之后, zhi_Qian 之前, de_Ye 的夜, de_Meng 的梦, Li 里, Pang 旁"),
    patterns=(
        Word("{a} de {n}", "{a}的{n}"),
        Word("{n} yu {m}", "{n}与{m}"),
        Word("{n} {p}", "{n}{p}"),
        Word("{a} {n} {p}", "{a}{n}{p}"),
        Word("{n} zhi {m}", "{n}之{m}"),
    ),
)

HANGUL = Script(
    code="Hang",
    language="KO",
    given=(
        _pairs("Ga 가, On 온, Na 나, Rae 래, Da 다, Som 솜, Ru 루, Mi 미, Seul 슬, Chan 찬, Haneul 하늘, Byeol 별"),
        _pairs("ram 람, bit 빛, nae 내, dan 단, um 움, rin 린, sae 새, gyeol 결"),
    ),
    family=(
        _pairs("Deul 들, Sol 솔, Saem 샘, Mul 물, Dol 돌, Kkot 꽃, Nun 눈, Sup 숲"),
        (Word("", ""),),
    ),
    family_first=True,
    adjectives=_pairs(
        "Oraedoen 오래된, Pureun 푸른, Goyohan 고요한, Jageun 작은, Meon 먼, Ttatteuthan 따뜻한, Bitnaneun 빛나는"
    ),
    nouns=_pairs(
        "Bada 바다, Gangmul 강물, Dalbit 달빛, Changmun 창문, Gireogi 기러기, Jeongwon 정원, Pyeonji 편지, Gicha 기차, "
        "Bombi 봄비, Gieok 기억, Norae 노래, Noeul 노을, Baram 바람, Sanggak 생각, Golmok 골목, Deungbul 등불"
    ),
    phrases=_pairs("_Araeseo _아래에서, _Neomeo _너머, _Jeone _전에, _Sogeuro _속으로, _Hue _후에"),
    patterns=(
        Word("{a} {n}", "{a} {n}"),
        Word("{n}ui {m}", "{n}의 {m}"),
        Word("{n} geurigo {m}", "{n} 그리고 {m}"),
        Word("{n}{p}", "{n}{p}"),
        Word("{a} {n}{p}", "{a} {n}{p}"),
    ),
)

SCRIPTS = (LATIN, URDU, CYRILLIC, HAN, HANGUL)
SCRIPT_WEIGHTS = (34, 36, 12, 10, 8)
"""How many of a hundred names and titles are in each script of `SCRIPTS`."""

BAND_WORDS = _plain("The_{}_Band {}_Ensemble {}_Orchestra {}_and_Friends {}_Collective Trio_{} {}_Sisters DJ_{}")
"""How the names of groups are made from a noun."""

FOREIGN_TITLES = _plain(
    "Corazon_de_Arena Luna_Prestada La_Casa_Vacia Wintergarten Halbe_Stunde Mond_ueber_Asphalt Une_Rue_Sans_Nom "
    "Le_Dernier_Manege Barco_de_Papel Saudade_Minha Kaugel_Kodust Vanha_Silta Den_Stille_Fjord Piove_Ancora "
    "Senza_Valigia Ulica_Bez_Latarni Gece_Treni Uzak_Sahil Vintermorgon Nuit_de_Verre"
)
"""Titles of music that is not in the repertoire; a number or a word may follow them."""
