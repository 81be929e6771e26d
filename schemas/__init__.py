"""The data that crosses HTTP: the xAPI data model, its rules and its query parameters."""
