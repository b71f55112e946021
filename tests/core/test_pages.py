import pytest

from syncd.core.pages import pages_of


@pytest.mark.parametrize(("count", "pages"), [(0, []), (3, [[0, 1, 2]]), (4, [[0, 1, 2], [3]])])
def test_items_come_a_few_at_a_time_and_none_is_left_out(count, pages):
    assert list(pages_of(iter(range(count)), 3)) == pages
