"""What proves a record without the program that made it: the audit file's form, its verification, and anchors. PURE.

Whoever verifies has a file and the provider's public key, and neither Django nor a database: so nothing here asks for
one. The records write anchors with it, the console fills files with it, and `cme-xblock verify` reads them. What an
audit file contains is decided in the console; here is only what makes it one, and what of it can be proved.
"""
