"""The forum: topics and posts that stay, found by their words, each under a key of its own."""
