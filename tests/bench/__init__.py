"""Benchmarks: ``make bench``. docs/performance.md explains each figure.

A group is a module with ``async def rows(options) -> list[Row]`` (`tests.bench.figures`), named in
`tests.bench.__main__.GROUPS`. `rig` puts the measured parts together, `stub` is Telegram. All talk
only to this machine, are bounded, and stop by themselves.
"""
