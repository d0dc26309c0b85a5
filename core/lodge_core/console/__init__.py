"""The agent's console: sign-in, inbox, reading, answering. Server-made pages, one small script."""
