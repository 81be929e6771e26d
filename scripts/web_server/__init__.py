"""The web server: waitress in several processes that share one listening socket."""
