"""What people say to the bot and what it answers.

``handlers.register`` is the table of everything; ``conversation`` is what every command shares.
"""
