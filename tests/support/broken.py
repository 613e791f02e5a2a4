"""Documents broken as networks, editors and attackers break them."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def broken(draw: st.DrawFn, original: bytes) -> bytes:
    """The bytes cut, with parts dropped, doubled, swapped or overwritten, one to four times."""
    data = original
    for _ in range(draw(st.integers(1, 4))):
        first, second = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        middle = draw(st.integers(first, second))
        kind = draw(st.sampled_from(["cut", "drop", "double", "swap", "overwrite"]))
        if kind == "cut":
            data = data[:first]
        elif kind == "drop":
            data = data[:first] + data[second:]
        elif kind == "double":
            data = data[:second] + data[first:]
        elif kind == "swap":
            data = data[:first] + data[middle:second] + data[first:middle] + data[second:]
        else:
            data = data[:first] + draw(st.binary(max_size=20)) + data[first + 5 :]
    return data


def replaced_values(value: object) -> st.SearchStrategy[object]:
    """The same JSON tree with some values replaced by ones of any other type."""
    odd = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.none()),
    )  # fmt: skip

    @st.composite
    def tree(draw: st.DrawFn, item: object) -> object:
        if draw(st.integers(0, 24)) == 0:
            return draw(odd)
        if isinstance(item, dict):
            return {key: draw(tree(child)) for key, child in item.items()}
        if isinstance(item, list):
            return [draw(tree(child)) for child in item]
        return item

    return tree(value)
