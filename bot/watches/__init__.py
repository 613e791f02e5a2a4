"""Watches: expressions people write to be told of what they care for. Pure.

::

    text -> grammar -> tree (canonical form) -> index -> which watches an entry matches

``docs/watches.md`` describes the language.
"""
