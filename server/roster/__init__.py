"""Who is on when, and with that when each door is open: groups, talks, the moderators."""
