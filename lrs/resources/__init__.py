"""The xAPI resources over HTTP: parse the request, call one function, respond."""
