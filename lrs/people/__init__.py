"""One person with many names: joined, parted, by rules, tables and proofs."""
