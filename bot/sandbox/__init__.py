"""The world outside, on this machine: a Bot API server with a chat page, and a live blog.

``bot.sandbox.server`` is the server, ``bot.sandbox.world`` the people and chats behind it,
``bot.sandbox.control`` the same over HTTP, ``bot.sandbox.faults`` what can be made to go wrong.
"""
