"""A kring: a planned group with a theme, a beginning and an ending; afterwards nothing is left of what was said."""
