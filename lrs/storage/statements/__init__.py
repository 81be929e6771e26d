"""Statements in MongoDB: the rows kept, the one write path, the queries of the xAPI, the feed."""
