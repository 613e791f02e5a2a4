"""LiveRelay relays newsrooms' live blogs to Telegram, entry by entry.

The way of the data, left to right, one folder a stage::

    sources/            intake/              store/                delivery/
    URL -> Document -> Snapshot -> Changes -> entries + fan-outs -> deliveries -> Telegram
           fetch       adapter     decide,    one transaction      plan, render, pace, send
                                   topics

``commands/`` and ``web/`` stand beside the flow: they read and edit the store and answer people,
but never send alerts themselves. ``sandbox/`` is the world outside (Telegram, a newsroom) for the
demo, the tests and the benchmarks. ``app.py`` puts the parts together.
"""

__version__ = "0.1.0"
