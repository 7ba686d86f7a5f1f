"""The disclosure desk's rules: what people in control of content give, what the provider decides, what is open.

PURE. A person's dossier is a chain of entries, as a participation is; what they add up to is folded here and stored
nowhere. Knows no account, no mail, no page and no activity but by its key. Source: ACCME SII 3; spec R-1.1 to R-1.4.
"""
