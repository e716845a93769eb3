"""From a document to the files of a collection, for a person to correct."""
