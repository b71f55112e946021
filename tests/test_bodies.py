"""A body that is read while it is sent can be sent again."""

import io

from syncd.http import FileBody


def test_a_file_is_sent_whole_each_time_from_where_it_stood():
    file = io.BytesIO(b"head" + b"x" * 200_000)
    file.seek(4)
    body = FileBody(file)
    assert len(body) == 200_000
    assert [b"".join(body) for _ in range(2)] == [b"x" * 200_000] * 2
