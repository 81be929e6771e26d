"""What crosses an HTTP boundary: the xAPI data model, its rules and its query parameters."""
