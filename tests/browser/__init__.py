"""The whole product in a real browser, against a real server process."""
