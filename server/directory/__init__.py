"""The sociale kaart: hulpbronnen in and for the province, how they are found, shown and handed on as open data."""
