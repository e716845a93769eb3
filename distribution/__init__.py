"""What is given to others: wheels, lists of parts, recipes for servers."""
