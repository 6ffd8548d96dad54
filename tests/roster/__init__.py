"""Who is on when, and the doors."""
