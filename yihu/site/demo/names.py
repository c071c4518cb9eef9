"""Synthetic names, codes and telephone numbers."""

import random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚建国志华晓东海燕雪梅文博子涵宇轩佳怡"
BRANDS = (
    "凯能", "恒源", "瑞祥", "华泰", "中润", "南华", "绿能", "星辉", "港口", "滨江",
    "宏远", "联创", "亿隆", "鼎盛", "长丰", "海蓝", "天成", "润丰", "金海", "昆瑞",
    "兴达", "东明", "众诚", "顺达", "嘉禾", "安泰", "百川", "博源", "辰光", "大地",
    "德信", "方圆", "富源", "光华", "国兴", "海联", "和顺", "宏业", "惠民", "佳和",
    "建新", "京华", "聚能", "康达", "科信", "蓝天", "利源", "龙腾", "美景", "民生",
    "铭泰", "南方", "平安", "启明", "千禧", "清源", "荣盛", "三江", "盛世", "双龙",
    "泰和", "腾飞", "通达", "万邦", "新奥", "祥云", "信达", "旭日",
)  # fmt: skip
SUFFIX = {
    "01": ("燃气有限公司", "城市燃气发展有限公司", "管道燃气有限公司"),
    "02": ("陶瓷有限公司", "玻璃股份有限公司", "钢铁有限公司", "纺织印染有限公司", "食品有限公司"),
    "03": ("燃机热电有限公司", "发电有限公司"),
    "04": ("化工有限公司", "化肥股份有限公司"),
    "05": ("能源贸易有限公司", "液化天然气销售有限公司"),
    "06": ("综合能源有限公司", "分布式能源有限公司"),
}
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def person_name(rng: random.Random) -> str:
    """A surname and one or two characters."""
    given = "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2))))
    return rng.choice(SURNAMES) + given


def mobile(rng: random.Random) -> str:
    """Eleven digits that look like a mobile number."""
    return f"13{rng.randint(0, 9)}{rng.randint(0, 99_999_999):08d}"


def credit_code(rng: random.Random, region_code: str) -> str:
    """A valid code of GB 32100-2015 for a company registered in the region."""
    body = f"91{region_code}MA5" + "".join(rng.choice(ALPHABET) for _ in range(5))
    organ = body[8:]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = 11 - sum(_organ_value(c) * w for c, w in zip(organ, weights, strict=True)) % 11
    body += "X" if remainder == 10 else "0" if remainder == 11 else str(remainder)
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def _organ_value(character: str) -> int:
    """GB 11714: digits as they are, letters from 10."""
    return int(character, 36)
