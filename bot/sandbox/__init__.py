"""The world outside, on this machine: a Bot API server with a chat page, and a live blog."""
