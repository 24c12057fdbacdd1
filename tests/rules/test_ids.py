"""Ids and references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollkeeper.core.ids import BadReference, new_id, new_reference, parse_reference


def test_ids_sort_by_the_time_they_were_made():
    made = [new_id() for _ in range(50)]

    assert [item.version for item in made] == [7] * 50
    assert [item.int >> 80 for item in made] == sorted(item.int >> 80 for item in made)


def test_a_reference_is_read_back_however_it_was_typed():
    reference = new_reference()

    assert parse_reference(f" {reference.lower().replace('-', '')} ".replace("0", "o").replace("1", "l")) == reference


@given(st.integers(0, 12), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_symbol_is_noticed(place: int, symbol: str):
    plain = new_reference().replace("-", "")
    wrong = plain[:place] + symbol + plain[place + 1 :]

    if wrong != plain:
        with pytest.raises(BadReference):
            parse_reference(wrong)


@given(st.text(max_size=40))
def test_text_that_is_no_reference_is_refused_with_a_remedy(text: str):
    with pytest.raises(BadReference) as refusal:
        parse_reference(f"!{text}")

    assert refusal.value.mend
