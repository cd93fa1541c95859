"""How the application is served: the settings of gunicorn, and its workers when they are busy, slow or stopped."""
