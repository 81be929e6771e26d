"""Sources of Statements other than a request: informal and social systems, and the demo organisation."""
