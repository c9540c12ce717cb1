"""The stock that the invented registry year is made from: firms, places, people, trades and what they collect.

Names of firms and people are two or three syllables of lists made for this purpose and say that they are invented;
places are invented as well. Each has its Latin form. Codes of industries are of GB/T 4754, so that the same checks run.
"""

import random
from dataclasses import dataclass

from stdnum.cn.uscc import calc_check_digit

from muniment.interfaces.demo.people import person_name
from muniment.interfaces.demo.words import HAN, Word


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade: its code of GB/T 4754, its name, what data is collected in it, and the fields of such data."""

    code: str
    name: Word
    subjects: tuple[Word, ...]
    columns: tuple[tuple[str, str, str], ...]
    scenario: str


def _pairs(text: str) -> tuple[Word, ...]:
    """Read "latin native, latin native"; an underscore stands for a blank."""
    words = (entry.split() for entry in text.split(","))
    return tuple(Word(latin.replace("_", " "), native) for latin, native in words)


_SYLLABLES = _pairs(
    "Yun 云, Ze 泽, Qing 晴, Lan 岚, Shuo 朔, He 禾, Zhu 竹, Quan 泉, Mo 墨, Yan 雁, Lu 鹭, Song 松, Xi 溪, Ran 染, "
    "Shuang 霜, Feng 枫, Xing 星, Zhou 舟, Deng 灯, Ping 萍, Yu 羽, Tan 潭, Xia 霞, Qiao 桥"
)
_PLACES = _pairs(
    "Yunze 云泽, Lanxi_Bay 岚溪湾, Heshuo 禾朔, Zhuquan 竹泉, Yanqiao 雁桥, Moluo 墨洛, Tanlu 潭鹭, Songran 松染, "
    "Fengzhou 枫舟, Xingtan 星潭, Lujiang_Mouth 鹭江口, Shuangping 霜坪"
)
_KINDS = _pairs("data-set 数据集, index 指数数据, time_series 时序数据, knowledge_base 知识库, feature_set 特征数据")

_NOWHERE = "91990000"
"""How credit codes of enterprises would begin in region 990000, which does not exist."""

TRADES = (
    Trade(
        "0164",
        Word("Tea growing", "茶叶种植"),
        _pairs("plucking_season 采摘时令, leaf_grade 鲜叶等级, hillside_moisture 坡地墒情"),
        (("plot", "text", "code of the plot"), ("day", "date", "day of plucking"), ("grade", "text", "leaf grade")),
        "Choosing the days of plucking and pricing insurance of a harvest",
    ),
    Trade(
        "1711",
        Word("Cotton spinning", "棉纺纱加工"),
        _pairs("yarn_defect 纱线疵点, spindle_energy 纱锭能耗, dye_recipe 染色配方"),
        (("machine", "text", "code of the frame"), ("hour", "time", "hour of the shift"), ("defects", "int", "per km")),
        "Predicting faults of yarn before it is woven",
    ),
    Trade(
        "3311",
        Word("Metal structures", "金属结构制造"),
        _pairs("weld_seam 焊缝检测, bolt_torque 螺栓扭矩, load_test 载荷试验"),
        (("seam", "text", "code of the seam"), ("depth", "decimal", "in mm"), ("grade", "text", "by the inspector")),
        "Judging welds without cutting them open",
    ),
    Trade(
        "3670",
        Word("Vehicle parts", "汽车零部件及配件制造"),
        _pairs("brake_wear 制动磨损, battery_ageing 电池衰减, bearing_noise 轴承噪声"),
        (("part", "text", "code of the part"), ("km", "int", "driven"), ("wear", "decimal", "share worn")),
        "Telling when a part is to be exchanged",
    ),
    Trade(
        "4420",
        Word("Power supply", "电力供应"),
        _pairs("feeder_load 馈线负荷, rooftop_output 屋顶光伏出力, outage_cause 停电原因"),
        (("feeder", "text", "code of the feeder"), ("quarter_hour", "time", ""), ("load", "decimal", "in kW")),
        "Planning load of districts a day ahead",
    ),
    Trade(
        "5431",
        Word("Road haulage", "普通货物道路运输"),
        _pairs("empty_run 空驶路段, loading_dock 装卸等待, pallet_flow 托盘流转"),
        (("route", "text", "code of the route"), ("day", "date", ""), ("empty_km", "decimal", "driven empty")),
        "Bringing loads and empty lorries together",
    ),
    Trade(
        "6450",
        Word("Internet data services", "互联网数据服务"),
        _pairs("search_trend 检索趋势, dialect_speech 方言语音, shop_window 店铺橱窗"),
        (("word", "text", "in its script"), ("week", "date", "first day"), ("weight", "decimal", "share of searches")),
        "Training models of language and of demand",
    ),
    Trade(
        "6513",
        Word("Application software", "应用软件开发"),
        _pairs("interface_fault 接口故障, build_time 构建时长, access_pattern 访问模式"),
        (("module", "text", ""), ("minute", "time", ""), ("faults", "int", "counted")),
        "Finding faulty modules before a release",
    ),
    Trade(
        "7410",
        Word("Weather services", "气象服务"),
        _pairs("valley_wind 山谷风场, sea_fog 海雾, hail_path 冰雹路径"),
        (("station", "text", "code of the station"), ("hour", "time", "UTC"), ("wind", "decimal", "in m/s")),
        "Warning harbours and farms an hour earlier",
    ),
    Trade(
        "7461",
        Word("Environmental monitoring", "环境保护监测"),
        _pairs("stream_oxygen 溪流溶氧, dust_source 扬尘来源, noise_map 噪声分布"),
        (("point", "text", "code of the point"), ("day", "date", ""), ("oxygen", "decimal", "in mg/l")),
        "Finding where a stream is spoilt",
    ),
)

FLAWS = ("raw data", "ended contract", "core data", "dispute", "nothing new")
"""Why an application is refused in this year."""

REFUSALS = {
    "raw data": "The data is raw: rows as the sensors gave them, without processing of the applicant's own.",
    "ended contract": "The contract that the data was obtained under has ended; nobody shows a later one.",
    "core data": "Part of the data is national core data, which no pilot registers.",
    "dispute": "Who holds the data is disputed before a court; the suit was shown to us.",
    "nothing new": "The processing described is a copy from one form into another; no rule of the applicant's own.",
}
POINTS = (
    ("processing", "Describe the rule by which the rows are made, step by step."),
    ("scenario", "Say for whom the data is useful, and for what."),
    ("summary", "Name the period and the region that the data covers."),
    ("sample", "Show at least two rows without anything that tells who is meant."),
    ("storage_format", "Name the format as it is stored, and its version."),
)
CHANGES = ("The name of the holder's data-set was put right.", "The rows now cover a second region.")


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented firm or person: name in Chinese with its Latin form, an identifier that nobody has, an address.

    A firm has a unified social credit code whose check character holds, of a region that there is not; a person none.
    """

    name: Word
    identifier: str
    kind: str
    country: str
    place: Word
    trade: Trade


def make_firm(rng: random.Random, number: int) -> Firm:
    """Return the firm of a number; every twelfth is a person. No two have one identifier."""
    trade, place = rng.choice(TRADES), rng.choice(_PLACES)
    if number % 12 == 0:
        person = person_name(rng, HAN)
        name = Word(f"{person.family} {person.given} (invented)", f"{person.native}（虚构）")
        return Firm(name, f"INVENTED-{number:06d}", "natural", "", place, trade)
    marks = [rng.choice(_SYLLABLES) for _ in range(3)]
    latin = "".join(one.latin for one in marks[:1]) + "".join(one.latin.lower() for one in marks[1:])
    native = "".join(one.native for one in marks)
    name = Word(f"{place.latin} {latin} {trade.name.latin} Co. (invented)", f"{place.native}{native}有限公司（虚构）")
    code = f"{_NOWHERE}{number:09d}"
    return Firm(name, f"{code}{calc_check_digit(code)}", "legal", "CN", place, trade)


def make_title(rng: random.Random, trade: Trade, number: int) -> Word:
    """Return the title of a data-set of a trade; the number tells two of one subject apart."""
    place, subject, kind = rng.choice(_PLACES), rng.choice(trade.subjects), rng.choice(_KINDS)
    latin = f"{place.latin} {subject.latin} {kind.latin} No. {number}"
    return Word(latin, f"{place.native}{subject.native}{kind.native}第{number}号")
