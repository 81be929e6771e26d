"""The Learning Record Store: takes in xAPI Statements, keeps them for ever, answers every xAPI resource."""
