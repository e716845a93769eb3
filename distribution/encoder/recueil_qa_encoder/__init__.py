"""The encoder of recueil-qa, as data: the folder `recueil-e5` beside this file."""
