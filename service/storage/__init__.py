"""The database: feedback on cards, and SMART sessions."""
