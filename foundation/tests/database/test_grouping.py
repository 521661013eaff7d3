"""What is small comes together, what is large alone, and everything once and in order."""

from foundation.database.grouping import group_by_size


def test_neighbours_are_grouped_up_to_the_size() -> None:
    sizes = [1, 2, 3, 9, 1, 5, 0, 0, 1]
    assert list(group_by_size(sizes, int, most=6)) == [[1, 2, 3], [9], [1, 5, 0, 0], [1]]


def test_one_that_is_too_large_comes_alone_wherever_it_stands() -> None:
    assert list(group_by_size([9], int, most=6)) == [[9]]
    assert list(group_by_size([9, 9, 1], int, most=6)) == [[9], [9], [1]]
    assert list(group_by_size([], int, most=6)) == []
