"""SMART App Launch: who launched, the token, and the record that it opens."""
