"""The unified social credit code (GB 32100-2015)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from yihu.customers import credit_code

BODIES = st.tuples(
    st.text("0123456789", min_size=8, max_size=8),
    st.text(credit_code.ALPHABET, min_size=9, max_size=9),
).map("".join)


@given(BODIES)
def test_the_check_character_agrees_with_another_implementation(body: str) -> None:
    check = credit_code.check_character(body)
    assert check == uscc.calc_check_digit(body + "0")
    assert credit_code.is_valid(body + check)


@given(BODIES, st.integers(0, 17), st.sampled_from(credit_code.ALPHABET))
def test_one_wrong_character_is_noticed(body: str, place: int, character: str) -> None:
    good = body + credit_code.check_character(body)
    bad = good[:place] + character + good[place + 1 :]
    assert credit_code.is_valid(bad) is (bad == good)


@given(BODIES)
def test_widths_case_and_spaces_do_not_matter(body: str) -> None:
    good = body + credit_code.check_character(body)
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in good)
    for typed in (
        good.lower(),
        full_width,
        f" {good[:6]} {good[6:]}\u3000",
        f"{good[:8]}-{good[8:]}",
    ):
        assert credit_code.read(typed) == good


def test_a_remainder_of_nought_ends_in_nought() -> None:
    """One valid code in 31 has it; naive checks refuse it."""
    code = next(
        body + "0"
        for body in (f"9144010{number:010d}" for number in range(1000))
        if sum(map(lambda c, w: credit_code.PLACE[c] * w, body, credit_code.WEIGHTS)) % 31 == 0
    )
    assert credit_code.read(code) == code


def test_a_letter_that_looks_like_another_is_read_where_the_check_agrees() -> None:
    assert credit_code.read("9144O100MA5D8BN67X") == "91440100MA5D8BN67X"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("91440500MA5AULKQ6E", "校验位不符（第 18 位按前 17 位应为“D”）"),
        ("91440500MA5AULKQ6", "应为 18 位，现有 17 位"),
        ("91440500MA5AULK海6D", "第 16 位“海”不在代码字符集内"),
        (9.144030019240845e17, "15 位以后的数字已丢失"),
        ("9.14403E+17", "科学计数法"),
        (12.0, "应为 18 位，现有 2 位"),
        (True, "应为 18 位"),
    ],
)
def test_a_refusal_says_why(typed: object, why: str) -> None:
    with pytest.raises(credit_code.BadCreditCode) as refused:
        credit_code.read(typed)
    assert why in str(refused.value)
