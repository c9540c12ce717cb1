"""Readings of Han as Chinese: pinyin by words and as a name, Wade-Giles, and surnames as Hong Kong spells them.

In: a text with Han. Out: Latin spellings, lower case. Always: other letters pass through. pypinyin (MIT) knows which
of its readings a letter has in a word; its tables are loaded when the first text needs them.
"""

import re
from functools import lru_cache

from muniment.kernel.words.names import fold

_HAN = re.compile("[\u3007\u3400-\u9fff\U00020000-\U0002fa1f]+")
_TWO_LETTERS = """
欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 东方 東方 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 端木
"""
_TWO_LETTER_SURNAMES = frozenset(_TWO_LETTERS.split())
_OTHER_SOUNDS = "单shan 單shan 曾zeng 解xie 仇qiu 朴piao 查zha 翟zhai 盖ge 区ou 區ou 乐yue 樂yue 冼xian 尉yu 缪miao"
_SURNAME_READINGS = {entry[0]: entry[1:] for entry in _OTHER_SOUNDS.split()}
"""Surnames that sound otherwise than the same letter in a word."""
_HONG_KONG_SPELLINGS = """
陈陳=chan 李=lee 张張=cheung 黄黃=wong 王=wong 何=ho 梁=leung 刘劉=lau 林=lam 吴吳=ng 郑鄭=cheng 谢謝=tse 杨楊=yeung
周=chow 叶葉=yip 罗羅=law 郭=kwok 徐=tsui 马馬=ma 冯馮=fung 邓鄧=tang 许許=hui 朱=chu 曾=tsang 蔡=choi 潘=poon 余=yu
苏蘇=so 胡=woo 卢盧=lo 赵趙=chiu 关關=kwan 钟鍾=chung 谭譚=tam 莫=mok 袁=yuen 江=kong 方=fong 麦麥=mak 容=yung
高=ko 温溫=wan 古=koo 甄=yan 邝鄺=kwong 霍=fok 卫衛=wai 孙孫=suen 伍=ng 简簡=kan 彭=pang 萧蕭=siu 岑=sham
区區=au 毛=mo
"""
_HONG_KONG = {
    letter: spelling
    for letters, _, spelling in (entry.partition("=") for entry in _HONG_KONG_SPELLINGS.split())
    for letter in letters
}
_TRANSCRIBING = """
基ki 吉gi 加ga 嘉ga 金kin 杰je 傑je 捷je 奇ch 切che 契che 茨ts 兹z 茲z 斯s 思s 丝s 絲s 特t 克k 德d
尔l 爾l 普p 布b 夫v 弗f 姆m 格g 希hi 谢she 謝she 舍she 瓦va 万van 萬van 维vi 維vi 威wi 韦we 韋we 沃wo
文ven 伍wu 赫h 什sh 恩n 约yo 約yo 詹ja 贾ja 賈ja 乔jo 喬jo 朱ju 茱ju 琼jo 瓊jo 伯ber 柏ber 勒ler 里li 雷re
罗ro 羅ro 鲁ru 魯ru 伦ron 倫ron 莱le 萊le 麦mac 麥mac 迈mi 邁mi 丘chu 哈ha 海hai 休hu 霍ho 胡hu 许sh 亨hen 汉han
漢han 亚a 亞a 娅ia 娜na 纳na 納na 塔ta 达da 達da 奥o 奧o 洛lo 诺no 諾no 埃e 艾e 愛e 塞se 赛se 賽se
贝be 貝be 梅me 史s 施sh 索so 顿ton 頓ton 瑟se 坦tan 科ko 哥ko 考ko 高go 戈go 古gu 蒂ti 迪di 狄di 瑞re 福fo
佛f 凡van 西si 席si 内ne 內ne 桑san 朗lan 隆lon 佐zo 娃va 丁din 汀tin 登den 辛sin 多do 托to 扎za 泽ze 澤ze 热je
熱je 堡burg 尤yu 耶ye 雅ya 保bo 鲍bau 鮑bau 豪hau 劳lau 勞lau 泰te 宁nin 寧nin 邦bon 昂on 廷tin 滕ten 康kon 蒙mon 松son
桂gi 华wa 華wa 薇vi 夏sha 若jo 扬yan 揚yan 盖ge 蓋ge 齐zi 齊zi 許sh 佩pe 戴de 代de 得d 柯k 可k 恰cha 琪chi
崔tri 楚chu 默mer 费fe 費fe 菲fi 列le 蕾le 杜du 圖tu 图tu 穆mu 皮pi 卢lu 盧lu 瑪ma 玛ma 曼man 伊i 拉la 明min
厄er 哲je 道do 舒shu 珀per 吕lu 呂lu 肖sho 凱kai 涅ne 黛de 孔kon 宗zon 英in 因in 阿a 婭ia 卜b
"""
_FOREIGN = {entry[0]: entry[1:] for entry in _TRANSCRIBING.split()}
"""What letters stand for in foreign names, where pinyin is far from it; many are a consonant alone."""
_WADE_GILES = (
    (r"\bzhi\b", "chih"),
    (r"\bchi\b", "chih"),
    (r"\bshi\b", "shih"),
    (r"\bri\b", "rih"),
    (r"\bzi\b|\bci\b", "tzu"),
    (r"\bsi\b", "ssu"),
    (r"\bju", "chu"),
    (r"\bqu", "chu"),
    (r"\bxu", "hsu"),
    (r"\bzh|\bj|\bq", "ch"),
    (r"\bx", "hs"),
    (r"\bz|\bc(?!h)", "ts"),
    (r"\bd", "t"),
    (r"\bg", "k"),
    (r"\bb", "p"),
    (r"\br", "j"),
    (r"ong\b", "ung"),
    (r"ian\b", "ien"),
    (r"\byan\b", "yen"),
    (r"ie\b", "ieh"),
    (r"ue\b", "ueh"),
    (r"\b([kh])e\b", r"\1o"),
    (r"([^aeiou])uo\b", r"\1o"),
    (r"\byou\b", "yu"),
)
_TO_WADE_GILES = tuple((re.compile(pattern), spelling) for pattern, spelling in _WADE_GILES)


def han_readings(text: str) -> list[str]:
    """Return the text with its Han in pinyin as a name and apart, as a foreign name, together, in older spellings."""
    syllables = {found[0]: _pinyin(found[0]) for found in _HAN.finditer(text)}
    apart = _HAN.sub(lambda found: f" {' '.join(syllables[found[0]])} ", text)
    names = _HAN.sub(lambda found: f" {_name(found[0], syllables[found[0]], {})} ", text)
    hong_kong = _HAN.sub(lambda found: f" {_name(found[0], syllables[found[0]], _HONG_KONG)} ", text)
    old = wade_giles(_HAN.sub(lambda found: f" {' '.join(_sur(found[0], syllables[found[0]]))} ", text))
    together = _HAN.sub(lambda found: "".join(syllables[found[0]]), text)
    foreign = _HAN.sub(lambda found: _transcribed(found[0], syllables[found[0]]), text)
    return [names, apart, foreign, together, old, hong_kong]


def _pinyin(run: str) -> list[str]:
    """Return the syllable of each letter, the longest words first; a letter without a reading gives an empty one."""
    letters, words, longest = _tables()
    syllables: list[str] = []
    while len(syllables) < len(run):
        at = len(syllables)
        lengths = range(min(longest, len(run) - at), 1, -1)
        word = next((words[run[at : at + length]] for length in lengths if run[at : at + length] in words), None)
        syllables.extend(word or (letters.get(run[at], ""),))
    return syllables


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, tuple[str, ...]], int]:
    """Return each letter's first reading, the words in which a letter sounds otherwise, and the longest of these."""
    from pypinyin.phrases_dict import phrases_dict  # half a second and 60 MB, which texts without Han need not pay
    from pypinyin.pinyin_dict import pinyin_dict

    letters = {chr(code): fold(said.split(",")[0]) for code, said in pinyin_dict.items()}
    words = {}
    for word, said in phrases_dict.items():
        syllables = tuple(fold(readings[0]) for readings in said)
        if len(syllables) == len(word) and any(map(_differs, word, syllables, [letters] * len(word))):
            words[word] = syllables
    return letters, words, max(map(len, words))


def _differs(letter: str, syllable: str, letters: dict[str, str]) -> bool:
    return letters.get(letter) != syllable


def _sur(run: str, syllables: list[str]) -> list[str]:
    """Return the syllables with the first as it sounds in a surname, if the run is as long as a name."""
    return [_SURNAME_READINGS.get(run[0], syllables[0]), *syllables[1:]] if 2 <= len(run) <= 3 else syllables


def _name(run: str, syllables: list[str], surnames: dict[str, str]) -> str:
    """Return a run that is as long as a name as surname and given name; a longer one in one word."""
    if not 2 <= len(run) <= 4 or len(syllables) != len(run):
        return "".join(syllables)
    length = 2 if run[:2] in _TWO_LETTER_SURNAMES else 1
    said = _sur(run, syllables)
    surname = surnames.get(run[0]) or "".join(said[:length])
    return f"{surname} {''.join(said[length:])}"


def _transcribed(run: str, syllables: list[str]) -> str:
    """Return a run as the foreign name it may transcribe: 維斯伯恩 gives visbn."""
    if len(syllables) != len(run):
        return "".join(syllables)
    return "".join(_FOREIGN.get(letter, syllable) for letter, syllable in zip(run, syllables, strict=True))


def wade_giles(pinyin: str) -> str:
    """Return syllables of pinyin in Wade-Giles without its apostrophes, as Taiwan spells names: xin zhe as hsin che."""
    for pattern, spelling in _TO_WADE_GILES:
        pinyin = pattern.sub(spelling, pinyin)
    return pinyin
